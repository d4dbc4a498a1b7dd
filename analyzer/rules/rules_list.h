/* rules_list.h - the rules, in the order in which they are asked and listed. One line each; the
 * id with _ for -, as the rule's file (rule_ID.c) and its struct (rule_ID) have it.
 */
#define RULES(RULE)                                                                                \
    RULE(growth)                                                                                   \
    RULE(hash_growth)                                                                              \
    RULE(copy_growth)                                                                              \
    RULE(clone_then_grow)                                                                          \
    RULE(shrink)                                                                                   \
    RULE(map_reuse)                                                                                \
    RULE(hasher)                                                                                   \
    RULE(key_temp)                                                                                 \
    RULE(copy_on_write)                                                                            \
    RULE(regex_compile)                                                                            \
    RULE(regex_captures)                                                                           \
    RULE(made_again)                                                                               \
    RULE(json_value)                                                                               \
    RULE(parallel_pieces)                                                                          \
    RULE(parallel_temp)                                                                            \
    RULE(error_box)                                                                                \
    RULE(lines)                                                                                    \
    RULE(path_join)                                                                                \
    RULE(format_temp)                                                                              \
    RULE(clone)                                                                                    \
    RULE(string_temp)                                                                              \
    RULE(box_churn)                                                                                \
    RULE(small_buffer)                                                                             \
    RULE(needless_collect)                                                                         \
    RULE(buffer_reuse)                                                                             \
    RULE(c_churn)                                                                                  \
    RULE(sort_buffer)                                                                              \
    RULE(thread_spawn)                                                                             \
    RULE(cross_thread_free)                                                                        \
    RULE(live_at_exit)                                                                             \
    RULE(many_small)                                                                               \
    RULE(node_churn)                                                                               \
    RULE(io_buffer)                                                                                \
    RULE(huge_churn)                                                                               \
    RULE(peak)                                                                                     \
    RULE(panic_churn)                                                                              \
    RULE(allocator)                                                                                \
    RULE(debug_build)                                                                              \
    RULE(no_lines)
