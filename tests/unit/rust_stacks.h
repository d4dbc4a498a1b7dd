/* rust_stacks.h - frames of stacks as rustc 1.95 makes them, for made-up profiles: what lies
 * between malloc and the user's line that calls Vec::push, format! and so on.
 *
 * Taken from the profile of a program with a function for each, built with -O -g: stack_*; and
 * with symbols only: symbols_*. Innermost first; each list ends with a frame without a function.
 * The user's own names in them are "app::site".
 */
#ifndef HEAPCOACH_RUST_STACKS_H
#define HEAPCOACH_RUST_STACKS_H

#include "analyzer/core/ownership.h"

#include <stdbool.h>
#include <stdint.h>

struct stack_frame {
    enum owner kind;
    const char *function, *name, *file;
    uint32_t line;
    const char *crate;
    bool inlined;
};

extern const struct stack_frame stack_push[];
extern const struct stack_frame stack_extend[];
extern const struct stack_frame stack_extend_iter[];
extern const struct stack_frame stack_push_str[];
extern const struct stack_frame stack_reserve_exact[];
extern const struct stack_frame stack_with_capacity[];
extern const struct stack_frame stack_string_with_capacity[];
extern const struct stack_frame stack_vec_n[];
extern const struct stack_frame stack_zeroed[];
extern const struct stack_frame stack_vec_literal[];
extern const struct stack_frame stack_vec_literal_163[];
extern const struct stack_frame stack_collect[];
extern const struct stack_frame stack_collect_filter[];
extern const struct stack_frame stack_collect_result[];
extern const struct stack_frame stack_hash_insert[];
extern const struct stack_frame stack_hash_capacity[];
extern const struct stack_frame stack_collect_hash[];
extern const struct stack_frame stack_btree_insert[];
extern const struct stack_frame stack_linked_list[];
extern const struct stack_frame stack_vec_deque[];
extern const struct stack_frame stack_format[];
extern const struct stack_frame stack_int_to_string[];
extern const struct stack_frame stack_str_to_string[];
extern const struct stack_frame stack_to_owned[];
extern const struct stack_frame stack_to_vec[];
extern const struct stack_frame stack_string_clone[];
extern const struct stack_frame stack_vec_clone[];
extern const struct stack_frame stack_struct_clone[];
extern const struct stack_frame stack_join[];
extern const struct stack_frame stack_box_new[];
extern const struct stack_frame stack_rc_new[];
extern const struct stack_frame stack_arc_new[];
extern const struct stack_frame stack_lines[];
extern const struct stack_frame stack_path_join[];
extern const struct stack_frame stack_thread_spawn[];
extern const struct stack_frame stack_buf_reader[];
extern const struct stack_frame stack_sort[];
extern const struct stack_frame stack_mpsc[];
extern const struct stack_frame stack_error_from_str[];
extern const struct stack_frame stack_io_error[];
extern const struct stack_frame stack_panic[];
extern const struct stack_frame stack_shrink[];
extern const struct stack_frame stack_over_aligned[];
extern const struct stack_frame symbols_push[];
extern const struct stack_frame symbols_push_str[];
extern const struct stack_frame symbols_hash_insert[];
extern const struct stack_frame symbols_format[];
extern const struct stack_frame symbols_collect_filter[];
extern const struct stack_frame symbols_vec_clone[];
extern const struct stack_frame symbols_string_clone[];
extern const struct stack_frame symbols_sort[];
extern const struct stack_frame symbols_path_join[];
extern const struct stack_frame symbols_thread_spawn[];
extern const struct stack_frame symbols_lines[];
extern const struct stack_frame symbols_btree_insert[];

#endif
