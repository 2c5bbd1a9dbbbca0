/*
 * The body of twin.h. Two readers, one table: known spellings (match.c) look for somebody's name,
 * where one match too many masks what need not be; the guards' view (guard/view.c) reads prose,
 * where a Greek nu may be v but a Cyrillic k, m or t (which only their capitals share with Latin
 * ones) stands in Russian words beside Latin ones all the time. The dotless i is no twin in prose
 * either: in Turkish it is spelled that way.
 *
 * Source: Unicode's confusables (UTS 39), the letters that shape alone tells apart; chosen by hand.
 */
#include "gate/twin.h"

#include <stddef.h>

#include "base/attr.h"

static const struct {
    uint16_t code;
    char latin;
    bool prose;
} twins[] = {{0x131, 'i', false}, {0x3B1, 'a', true},  {0x3B9, 'i', true},  {0x3BA, 'k', false},
             {0x3BD, 'v', true},  {0x3BF, 'o', true},  {0x3C1, 'p', true},  {0x3C5, 'u', false},
             {0x3C7, 'x', false}, {0x430, 'a', true},  {0x432, 'b', false}, {0x435, 'e', true},
             {0x43A, 'k', false}, {0x43C, 'm', false}, {0x43D, 'h', false}, {0x43E, 'o', true},
             {0x440, 'p', true},  {0x441, 'c', true},  {0x442, 't', false}, {0x443, 'y', true},
             {0x445, 'x', true},  {0x455, 's', true},  {0x456, 'i', true},  {0x458, 'j', true}};

char gate_twin(uint32_t code, bool prose) {
    if (code < 0x131 || code > 0x458) return 0;
    for (size_t i = 0; i < ARRAY_LEN(twins); i++) {
        if (twins[i].code == code) return twins[i].prose || !prose ? twins[i].latin : 0;
    }
    return 0;
}
