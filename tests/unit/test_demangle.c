// libs: analyzer
//
// Names of functions: both Rust schemes, C++, suffixes, the crate of a definition, and names
// made to cost more than they may. Most names are from real programs built by rustc 1.63 to 1.95.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analyzer/core/demangle.h"

static void reads(const char *mangled, const char *expected)
{
    char *text = demangle(mangled);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void demangles_legacy_names_without_the_hash(void **state)
{
    (void)state;
    reads("_ZN4prog6shapes5Store3add17h0123456789abcdefE", "prog::shapes::Store::add");
    reads("_ZN5alloc7raw_vec20RawVecInner$LT$A$GT$11finish_grow17hdf0f898c5b4c5823E",
          "alloc::raw_vec::RawVecInner<A>::finish_grow");
    reads("_ZN42_$LT$$RF$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
          "<&T as core::fmt::Debug>::fmt");
    reads("_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
          "std::rt::lang_start::{{closure}}");
}

static void an_empty_identifier_is_harmless(void **state)
{
    (void)state;
    /* libiberty hands out NULL for it, which memcpy must not get */
    char *text = demangle("_RNvCs7Ns7hs7Ns7h0s_0s_uN4CdC");
    assert_non_null(text);
    free(text);
}

static void a_name_that_binds_thousands_of_lifetimes_stays_mangled(void **state)
{
    (void)state;
    /* after an error libiberty counts to 62^6 here, many times */
    static const char name[] = "_RMMYFFGB1_FFFFFFG_FFGF39hFFG_FB1_FFFG_FFFFG_FFFFF";
    reads(name, name);
    reads("_RMC0FGZZZ_EuE", "_RMC0FGZZZ_EuE");
}

static void demangles_v0_names(void **state)
{
    (void)state;
    reads(
        "_RNvMs2_NtCslNYArtu3iFV_5alloc7raw_vecNtB5_11RawVecInner10deallocateCsduwmD7cSIQq_5gimli",
        "<alloc::raw_vec::RawVecInner>::deallocate");
    reads("_RNvCs6b2VHWnJyaK_4prog4main", "prog::main");
    reads("_RINvNtC3std3mem8align_ofjEC3foo", "std::mem::align_of::<usize>");
}

static void drops_suffixes_of_the_back_end(void **state)
{
    (void)state;
    reads("_ZN9hashbrown3raw21RawTable$LT$T$C$A$GT$14reserve_rehash17h0b14fa3ee224b4daE"
          ".llvm.16205672279404500153",
          "hashbrown::raw::RawTable<T,A>::reserve_rehash");
    reads("_RNvCs6b2VHWnJyaK_4prog4main.llvm.123", "prog::main");
    reads("_ZN4prog4main17h0123456789abcdefE.cold.1", "prog::main");
}

static void demangles_cpp_and_leaves_c_alone(void **state)
{
    (void)state;
    reads("_ZNSt6vectorIiSaIiEE9push_backERKi",
          "std::vector<int, std::allocator<int> >::push_back(int const&)");
    reads("malloc", "malloc");
    reads("__libc_start_main@@GLIBC_2.34", "__libc_start_main");
    reads("_Zebra", "_Zebra");
    reads("_R", "_R");
    reads("", "");
    reads("@x", "@x");
}

static void is_in(const char *mangled, const char *expected)
{
    char crate[64];
    assert_int_equal(demangle_crate(mangled, crate, sizeof(crate)), *expected != '\0');
    assert_string_equal(crate, expected);
}

static void finds_the_crate_of_a_legacy_name(void **state)
{
    (void)state;
    is_in("_ZN4prog6shapes5Store3add17h0123456789abcdefE", "prog");
    is_in("_ZN4core3ptr49drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE", "core");
    is_in("_ZN4core3fmt3num3imp52_$LT$impl$u20$core..fmt..Display$u20$for$u20$u32$GT$3fmt17h"
          "0123456789abcdefE",
          "core");
    is_in("malloc", "");
    is_in("_ZN4prog4mainEv", ""); /* C++ */
}

/* An impl block's crate by the orphan rule: whoever owns the trait or the type. */
static void finds_the_crate_of_a_legacy_impl_by_the_orphan_rule(void **state)
{
    (void)state;
    is_in("_ZN42_$LT$$RF$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE", "core");
    is_in("_ZN50_$LT$u32$u20$as$u20$prog..shapes..Grow$LT$A$GT$$GT$4grow17h0123456789abcdefE",
          "prog");
    is_in("_ZN57_$LT$prog..shapes..Store$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE",
          "prog");
    is_in("_ZN67_$LT$alloc..vec..Vec$LT$prog..Item$GT$$u20$as$u20$core..ops..Drop$GT$4drop17h"
          "0123456789abcdefE",
          "prog");
    is_in("_ZN60_$LT$alloc..string..String$u20$as$u20$core..fmt..Display$GT$3fmt17h"
          "0123456789abcdefE",
          "alloc");
}

static void finds_the_crate_of_a_v0_name(void **state)
{
    (void)state;
    is_in("_RNvCs6b2VHWnJyaK_4prog4main", "prog");
    is_in("_RINvNtC3std3mem8align_ofjEC3foo", "std");
    /* an inherent impl: the crate of the block */
    is_in(
        "_RNvMs2_NtCslNYArtu3iFV_5alloc7raw_vecNtB5_11RawVecInner10deallocateCsduwmD7cSIQq_5gimli",
        "alloc");
    /* impl Display for &dyn..., in `prog`: not the trait's crate */
    is_in("_RNvXs_NtC4prog6shapesNtB4_5StoreNtNtC4core3fmt7Display3fmt", "prog");
    /* the default method of a trait: the trait's crate, not the type's */
    is_in(
        "_RNvYNvNtNtNtCsjrHSEGnQ3l9_3std3sys2fs4unix4statINtNtNtCsgEmfK2I1SDS_4core3ops8function2Fn"
        "TRNtNtNtBQ_3ffi5c_str4CStrEE4callBa_",
        "core");
    /* a closure in a closure, which have no names */
    is_in("_RNCNCNvC4prog4main00", "prog");
    /* a back reference as the path */
    is_in("_RNvMC4progNtB2_1S1f", "prog");
}

static void refuses_what_only_looks_like_v0(void **state)
{
    (void)state;
    is_in("_R", "");
    is_in("_RN", "");
    is_in("_RNv", "");
    is_in("_RNvC", "");
    is_in("_RNvC99999prog4main", "");
    is_in("_RB_", "");       /* refers to itself */
    is_in("_RNvB_3foo", ""); /* refers to what it is in */
    is_in("_RNvB9_3foo", "");
    is_in("_RNvYRRRRRRRR", "");
}

static void knows_the_crates_of_std(void **state)
{
    (void)state;
    assert_true(demangle_is_std_crate("core"));
    assert_true(demangle_is_std_crate("hashbrown"));
    assert_false(demangle_is_std_crate("prog"));
    assert_false(demangle_is_std_crate(""));
}

/* Each level doubles the text: tuples of two back references to the level before. Demangled
 * whole this would be 2^40 names. */
static void bounds_the_work_of_a_name_that_explodes(void **state)
{
    (void)state;
    char name[4096] = "_RINvC1a1f";
    size_t previous = strlen(name) - 2;
    strcat(name, "TuuE");
    for (int i = 0; i < 40; i++) {
        /* base 62, as back references are written: 0 is "_", n is n - 1 in digits */
        char reference[8];
        size_t n = previous - 1;
        static const char digits[] =
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        if (n < 62)
            snprintf(reference, sizeof(reference), "B%c_", digits[n]);
        else
            snprintf(reference, sizeof(reference), "B%c%c_", digits[n / 62], digits[n % 62]);
        previous = strlen(name) - 2;
        strcat(name, "T");
        strcat(name, reference);
        strcat(name, reference);
        strcat(name, "E");
    }
    strcat(name, "E");
    reads(name, name); /* whole, as it stands */
    is_in(name, "a");
}

static void bounds_the_depth_of_a_name(void **state)
{
    (void)state;
    enum { DEPTH = 50000 };
    char *name = malloc(DEPTH + 16);
    strcpy(name, "_RNvY");
    memset(name + 5, 'R', DEPTH);
    strcpy(name + 5 + DEPTH, "uC1a1f");
    is_in(name, "");
    char *text = demangle(name);
    assert_non_null(text);
    free(text);
    free(name);
}

static void leaves_names_too_long_to_read(void **state)
{
    (void)state;
    char *name = malloc(DEMANGLE_MOST_BYTES + 100);
    memset(name, 'a', DEMANGLE_MOST_BYTES + 99);
    memcpy(name, "_ZN", 3);
    name[DEMANGLE_MOST_BYTES + 99] = '\0';
    reads(name, name);
    is_in(name, "");
    free(name);
}

static void reads_any_bytes(void **state)
{
    (void)state;
    static const char letters[] = "NCMXYIBTRQPOSAFDGLKpuE_sv0123456789abcZ$.h";
    uint64_t random = 88172645463325252u;
    for (int round = 0; round < 20000; round++) {
        char name[80] = "_R", crate[64];
        size_t length = 2 + random % 70;
        for (size_t i = 2; i < length; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            name[i] = letters[random % (sizeof(letters) - 1)];
        }
        if (round % 2)
            memcpy(name, "_ZN", 3);
        demangle_crate(name, crate, sizeof(crate));
        char *text = demangle(name);
        assert_non_null(text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demangles_legacy_names_without_the_hash),
        cmocka_unit_test(demangles_v0_names),
        cmocka_unit_test(an_empty_identifier_is_harmless),
        cmocka_unit_test(a_name_that_binds_thousands_of_lifetimes_stays_mangled),
        cmocka_unit_test(drops_suffixes_of_the_back_end),
        cmocka_unit_test(demangles_cpp_and_leaves_c_alone),
        cmocka_unit_test(finds_the_crate_of_a_legacy_name),
        cmocka_unit_test(finds_the_crate_of_a_legacy_impl_by_the_orphan_rule),
        cmocka_unit_test(finds_the_crate_of_a_v0_name),
        cmocka_unit_test(refuses_what_only_looks_like_v0),
        cmocka_unit_test(knows_the_crates_of_std),
        cmocka_unit_test(bounds_the_work_of_a_name_that_explodes),
        cmocka_unit_test(bounds_the_depth_of_a_name),
        cmocka_unit_test(leaves_names_too_long_to_read),
        cmocka_unit_test(reads_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
