/* utf8.c - well-formed UTF-8, decided in one place.
 *
 * Used by the JSON writer for every string and by the frame table for the texts of frames,
 * which must stay distinct after cleaning: that is why they are cleaned before they are
 * compared, not when they are written.
 */
#include "analyzer/core/utf8.h"

#include <string.h>

/* As table 3-7 of the Unicode standard: no overlong form, no surrogate, nothing beyond
 * U+10FFFF. The first byte fixes the length and the range of the second. */
size_t utf8_sequence(const char *text, size_t left)
{
    const unsigned char *s = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xbf;
    size_t length;
    if (s[0] < 0x80) {
        return 1;
    } else if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        length = 2;
    } else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        length = 3;
        low = s[0] == 0xe0 ? 0xa0 : 0x80;
        high = s[0] == 0xed ? 0x9f : 0xbf;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        length = 4;
        low = s[0] == 0xf0 ? 0x90 : 0x80;
        high = s[0] == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0;
    }
    if (left < length || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if (s[i] < 0x80 || s[i] > 0xbf)
            return 0;
    return length;
}

size_t utf8_clean(char *to, const char *text, size_t length)
{
    char *start = to;
    for (size_t i = 0; i < length;) {
        size_t width = utf8_sequence(text + i, length - i);
        if (width == 0) {
            memcpy(to, UTF8_REPLACEMENT, 3);
            to += 3;
            i++;
        } else if (width == 1) {
            unsigned char c = (unsigned char)text[i++];
            *to++ = c < 0x20 || c == 0x7f ? '?' : (char)c;
        } else {
            memcpy(to, text + i, width);
            to += width;
            i += width;
        }
    }
    *to = '\0';
    return (size_t)(to - start);
}
