/* formats_list.h - the formats of `heapcoach report`. One line each: the renderer is a file that
 * holds one const struct report_format (formats.h), report_format_NAME. The first is the default.
 */
#define REPORT_FORMATS(FORMAT)                                                                     \
    FORMAT(text)                                                                                   \
    FORMAT(json)                                                                                   \
    FORMAT(markdown)                                                                               \
    FORMAT(github)                                                                                 \
    FORMAT(sarif)
