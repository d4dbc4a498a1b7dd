/* rules_list.h - the rules, in the order in which they are asked and listed. One line each; the
 * id with _ for -, as the rule's file (rule_ID.c) and its struct (rule_ID) have it.
 */
#define RULES(RULE)
