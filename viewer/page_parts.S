/* page_parts.S - the page, in two halves between which the data goes; viewer/build.mk makes them.
 * analyzer/render/page.c has the names. */
    .section .rodata, "a"
    .globl page_head, page_head_end, page_tail, page_tail_end
page_head:
    .incbin "page_head.html"
page_head_end:
page_tail:
    .incbin "page_tail.html"
page_tail_end:
    .section .note.GNU-stack, "", @progbits
