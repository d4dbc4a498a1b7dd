/* model_names.js - frames: their parts, whose code they are, and short names. No DOM.
 *
 * A profile of heapcoach has all of this (heapcoach.frames). Of profiles of others only the text
 * "0xADDR: FUNCTION (FILE:LINE)" is known; whose code it is the report says where there is one,
 * else it is guessed here from path and name.
 */
"use strict";
(function (heapcoach) {
  /* Order is that of the numbers in profile.kind. */
  const KINDS = ["none", "user", "dep", "std", "rt", "libc", "hook"];
  const KIND = Object.fromEntries(KINDS.map((name, i) => [name, i]));

  /* What the views speak of: user, dep, std (with runtime, libc, hooks), unknown. */
  const GROUPS = ["unknown", "user", "dep", "std"];
  const GROUP_OF_KIND = new Uint8Array([0, 1, 2, 3, 3, 3, 3]);

  const FRAME_TEXT = /^(?:0x([0-9a-f]+): )?(.*?)(?: \((?:in )?(.+?)(?::(\d+))?(?::(\d+))?\))?$/i;

  function parseFrameText(text) {
    const [, address, fn, place, line] = FRAME_TEXT.exec(text) || [];
    const inModule = / \(in [^()]*\)$/.test(text);
    return {
      fn: fn === undefined || fn === "???" ? "" : fn,
      file: inModule ? "" : place || "",
      module: inModule ? place || "" : "",
      line: Number(line) || 0,
      address: address || "",
    };
  }

  const STD_CRATES = /^<*&?(?:mut )?(?:dyn )?(?:std|core|alloc|hashbrown)::/;
  const ALLOCATION =
    /^(?:malloc|calloc|realloc|free|memalign|posix_memalign|aligned_alloc|operator new.*|__rust_\w+|__rg_\w+|__rdl_\w+)$/;
  const RUNTIME =
    /^(?:_start|main|std::rt::.*|std::sys::backtrace::__rust_begin_short_backtrace.*)$/;
  const LIBC = /^(?:__libc_|_?_?clone3?$|start_thread$|__GI_|_IO_|_dl_|pthread_)|@@?GLIBC/;
  /* Files of std that Valgrind names without a folder. */
  const STD_FILE = /^(?:\/rustc\/|.*\/rustlib\/src\/|.*\/library\/(?:std|core|alloc)\/)/;
  const STD_BASE =
    /^(?:raw_vec|alloc|boxed|vec|string|slice|option|result|rt|panicking|panic|function|fmt|str|borrow|convert|iter|map|hash_map|ops|thread|sync|io|mod|collect|spec_from_iter|spec_from_iter_nested|spec_extend|in_place_collect|stack_overflow|thread_info|current|backtrace|iterator|adapters|range|filter|rc|btree|hash|set|entry|node|append|stdio|lazy_lock|once|once_lock|local|scoped|unique_thread_exit|rand|to_owned|clone|macros|traits|default|collections|once_box)\.rs$/;
  const DEPENDENCY = /\/(?:registry\/src|git\/checkouts)\/|\/vendor\//;

  function kindOfForeign(parts) {
    const { fn, file, module } = parts;
    if (ALLOCATION.test(fn)) return KIND.hook;
    if (RUNTIME.test(fn)) return KIND.rt;
    if (LIBC.test(fn)) return KIND.libc;
    if (/\blib(?:c|pthread|dl|m)[-.]|\/ld-/.test(module)) return KIND.libc;
    if (STD_FILE.test(file) || STD_CRATES.test(fn)) return KIND.std;
    if (DEPENDENCY.test(file)) return KIND.dep;
    if (!file.includes("/") && STD_BASE.test(file)) return KIND.std;
    if (!fn) return KIND.none;
    return /\.(?:c|h|S|cc|cpp)$/.test(file) && !file.includes("/") ? KIND.libc : KIND.user;
  }

  function crateOfForeign(fn, kind) {
    const path = /^[<&*]*(?:mut |dyn )*([a-z_][a-z0-9_]*)::/i.exec(fn);
    return path ? path[1] : kind === KIND.libc ? "libc" : "";
  }

  /* Without what stands in <...> as generic arguments; "<A as B>::c" becomes
   * "A::c", but B::c where A is only the name of a parameter. */
  function withoutGenerics(name) {
    let out = "",
      depth = 0,
      from = 0;
    const lead = /^<(.*)$/.exec(name);
    if (lead) {
      const end = closing(name, 0);
      if (end > 0 && end + 1 < name.length && !name.startsWith("::", end + 1))
        return name; /* no path of Rust */
      if (end > 0) {
        let inner = name.slice(1, end);
        const as = topLevelAs(inner);
        if (as >= 0)
          inner = /^[A-Z]$/.test(inner.slice(0, as)) ? inner.slice(as + 4) : inner.slice(0, as);
        return (
          withoutGenerics(inner.replace(/^&(?:mut )?/, "")) + withoutGenerics(name.slice(end + 1))
        );
      }
    }
    for (let i = 0; i < name.length; i++) {
      const c = name[i];
      if (c === "<") {
        if (depth++ === 0) out += name.slice(from, i).replace(/::$/, "");
      } else if (c === ">" && name[i - 1] !== "-" && depth > 0) {
        if (--depth === 0) from = i + 1;
      }
    }
    return depth === 0 ? out + name.slice(from) : name;
  }

  function closing(name, open) {
    let depth = 0;
    for (let i = open; i < name.length; i++) {
      if (name[i] === "<") depth++;
      else if (name[i] === ">" && name[i - 1] !== "-" && --depth === 0) return i;
    }
    return -1;
  }

  function topLevelAs(text) {
    let depth = 0;
    for (let i = 0; i < text.length; i++) {
      if (text[i] === "<" || text[i] === "(") depth++;
      else if ((text[i] === ">" && text[i - 1] !== "-") || text[i] === ")") depth--;
      else if (depth === 0 && text.startsWith(" as ", i)) return i;
    }
    return -1;
  }

  /* "<alloc::vec::Vec<u8>>::push" -> "Vec::push"; user code keeps its path. */
  function shortName(fn, kind) {
    const plain = withoutGenerics(fn) || fn;
    if (GROUP_OF_KIND[kind] !== 3) return plain;
    const parts = plain.replace(/\{\{?closure\}?(?:#\d+)?\}/g, "{closure}").split("::");
    if (parts.length <= 2) return plain;
    const last = parts[parts.length - 1];
    const before = parts[parts.length - 2];
    return `${before}::${last}`;
  }

  /* Below which folder a path is best read: the part behind src/ of a registry, or the last
   * three parts. `base` is the folder that the program ran in. */
  function shortPath(file, base) {
    if (base && file.startsWith(base.endsWith("/") ? base : base + "/"))
      return file.slice(base.endsWith("/") ? base.length : base.length + 1);
    const registry = /\/(?:registry\/src|git\/checkouts)\/[^/]+\/(.+)$/.exec(file);
    if (registry) return registry[1];
    const rustc = /^\/rustc\/[0-9a-f]+\/(?:library\/)?(.+)$/.exec(file);
    if (rustc) return rustc[1];
    return file;
  }

  heapcoach.names = {
    KINDS,
    KIND,
    GROUPS,
    GROUP_OF_KIND,
    parseFrameText,
    kindOfForeign,
    crateOfForeign,
    withoutGenerics,
    shortName,
    shortPath,
  };
})((globalThis.heapcoach = globalThis.heapcoach || {}));
