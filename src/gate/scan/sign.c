/*
 * What a byte of the view is, by table: the walks over tokens and words ask it of every byte, and
 * one load is cheaper than four comparisons.
 */
#include "gate/scan/impl.h"

#define IS(c, from, to) ((c) >= (from) && (c) <= (to))
#define IS_OCR(c)                                                                                  \
    ((c) == 'O' || (c) == 'o' || (c) == 'Q' || (c) == 'I' || (c) == 'l' || (c) == 'i' ||           \
     (c) == 'Z' || (c) == 'z' || (c) == 'S' || (c) == 's' || (c) == 'B')
#define IS_JOIN(c)                                                                                 \
    ((c) == ' ' || (c) == '-' || (c) == '.' || (c) == '/' || (c) == '(' || (c) == ')' ||           \
     (c) == '\n' || (c) == '\r')
#define IS_COLUMN(c)                                                                               \
    ((c) == ',' || (c) == ';' || (c) == '|' || (c) == '\t' || (c) == ':' || (c) == '=' ||          \
     (c) == '+' || (c) == '/' || (c) == '\n')
#define IS_STOP(c) ((c) == '\n' || (c) == ';' || (c) == '.' || (c) == 0x82)
#define IS_HEX(c) (IS(c, '0', '9') || IS(c, 'a', 'f') || IS(c, 'A', 'F'))
#define IS_WORD(c) (IS(c, '0', '9') || IS(c, 'a', 'z') || IS(c, 'A', 'Z'))
#define IS_MARK(c) (IS(c, 1, 0x7F) && !IS_WORD(c) && (c) != '$')
#define IS_PLAIN(c) (IS_MARK(c) && (c) != '<' && (c) != '\\' && (c) != '&')
#define SIGN(c)                                                                                    \
    (IS(c, '0', '9') * SIGN_DIGIT | IS(c, 'a', 'z') * SIGN_SMALL |                                 \
     IS(c, 'A', 'Z') * SIGN_CAPITAL | IS_OCR(c) * SIGN_OCR | IS_JOIN(c) * SIGN_JOIN |              \
     IS_COLUMN(c) * SIGN_COLUMN | IS_STOP(c) * SIGN_STOP | IS_HEX(c) * SIGN_HEX |              \
     IS_MARK(c) * SIGN_MARK | IS_PLAIN(c) * SIGN_PLAIN)
#define SIGNS_4(c) SIGN(c), SIGN((c) + 1), SIGN((c) + 2), SIGN((c) + 3)
#define SIGNS_16(c) SIGNS_4(c), SIGNS_4((c) + 4), SIGNS_4((c) + 8), SIGNS_4((c) + 12)
#define SIGNS_64(c) SIGNS_16(c), SIGNS_16((c) + 16), SIGNS_16((c) + 32), SIGNS_16((c) + 48)

const uint16_t scan_signs[256] = {SIGNS_64(0), SIGNS_64(64), SIGNS_64(128), SIGNS_64(192)};
