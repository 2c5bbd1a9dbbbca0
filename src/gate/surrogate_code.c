/*
 * Surrogates of numbers and keys: letters and digits drawn in place.
 *
 * A digit becomes a digit, a letter a letter of the same case, everything else stays. From six
 * digits on they are encrypted together by FF1 (ff1.c) with a key of the conversation, so that two
 * numbers never become one; what is shorter or a letter is drawn. The parts
 * that say what an answer may need are kept: the region and year of birth of a Chinese resident id
 * and the parity that tells the sex, the issuer of a card (first six), country of an IBAN, prefix
 * of a telephone number, province of a plate, the scheme of a key ("sk-", "ghp_"). Check digits
 * that are cheap to compute are computed; the others come by drawing again until the scanner agrees
 * (surrogate.c).
 *
 * Sources: GB 11643-1999 (resident id), GB 32100-2015 (credit code), ISO/IEC 7812-1 (Luhn, issuer
 * numbers), ISO 13616 and ISO 7064 (IBAN).
 */
#include <assert.h>
#include <stdio.h>

#include "base/plain.h"
#include "gate/ff1.h"
#include "gate/scan/impl.h"
#include "gate/surrogate_impl.h"

/*
 * "0171-555 01 99" gives the code "01715550199"; code_spell walks the same spelling again and puts
 * the i-th sign of the (changed) code in the place of the i-th letter or digit.
 * Both ask match_unit, and so agree on what is one. Full-width letters count as their ASCII twins:
 * U+FF21 to U+FF3A are the capitals.
 */
void code_read(Str spelled, Code *code) {
    MatchText t = match_plain(spelled);
    code->n = 0;
    code->other = false;
    for (size_t at = 0; at < spelled.n;) {
        MatchUnit u = match_unit(&t, at);
        at += u.size;
        if (!match_is_symbol(&u)) continue;
        bool digit = plain_is_digit(u.fold), letter = is_letter((char)u.fold);
        if (u.fold > 0x7F && u.sort == SORT_HAN) continue; /* a plate's province: it stays */
        if (u.fold > 0x7F || !(digit || letter) || code->n == CODE_MAX) {
            code->other = true;
            continue;
        }
        uint32_t wide = u.code >= 0xFF21 && u.code <= 0xFF3A;
        bool upper = wide || plain_is_capital(u.code);
        code->c[code->n++] = upper ? to_upper((char)u.fold) : (char)u.fold;
    }
    assert(code->n <= CODE_MAX);
    code->c[code->n] = 0;
}

void code_spell(Str spelled, const Code *code, Buf *out) {
    MatchText t = match_plain(spelled);
    int i = 0;
    for (size_t at = 0; at < spelled.n;) {
        MatchUnit u = match_unit(&t, at);
        bool symbol = match_is_symbol(&u);
        if (symbol && u.fold < 0x80 && i < code->n) {
            char c = code->c[i++];
            bool upper = plain_is_capital(u.code) || (u.code >= 0xFF21 && u.code <= 0xFF3A);
            bool lower = is_letter((char)u.fold) && !upper;
            buf_add_byte(out, upper ? to_upper(c) : lower ? to_lower(c) : c);
        } else if (u.sort != SORT_CLEAR || i == 0 || i == code->n) {
            buf_add(out, spelled.p + at, u.size); /* at its ends all stays: it is not matched */
        }
        at += u.size;
    }
}

/* ---- drawing ------------------------------------------------------------------------------- */

/* Digits and a to f alone, as in a hash or a UUID: drawn letters must be so, too. */
static bool all_hex(const Code *code, int from) {
    for (int i = from; i < code->n; i++) {
        if (!is_hex(code->c[i])) return false;
    }
    return true;
}

/* Encrypts the digits among symbols from..to-1 in place; false: too few of them. A number that
   leads with another digit than 0 keeps doing so: what does not is encrypted again, which leaves
   the whole one to one (cycle walking). */
static bool encrypt_digits(const Thing *thing, Code *code, int from, int to) {
    uint8_t key[SEAL_KEY_BYTES], digit[CODE_MAX];
    char tweak[FF1_TWEAK_MAX];
    size_t n = 0;
    assert(from >= 0 && from <= to && to <= code->n);
    for (int i = from; i < to; i++) {
        if (is_digit(code->c[i])) digit[n++] = (uint8_t)(code->c[i] - '0');
    }
    if (!ff1_fits(10, n)) return false;
    Aes aes;
    bool leads = from == 0 && is_digit(code->c[0]) && code->c[0] != '0';
    int tweak_n = snprintf(tweak, sizeof tweak, "%s %u", scan_type_name(thing->type),
                           thing->attempt);
    assert(tweak_n > 0 && (size_t)tweak_n < sizeof tweak); /* cut, it would be another's */
    seal_derive(thing->key, STR("ff1"), key);
    aes_init(&aes, key, sizeof key);
    do {
        ff1_encrypt(&aes, 10, (Str){tweak, (size_t)tweak_n}, digit, n);
    } while (leads && digit[0] == 0);
    for (int i = to; i-- > from;) {
        if (is_digit(code->c[i])) code->c[i] = (char)('0' + digit[--n]);
    }
    seal_wipe(key, sizeof key);
    seal_wipe(&aes, sizeof aes);
    return true;
}

/* Draws symbols from..to-1 anew. */
static void draw_in_place(Thing *thing, Code *code, int from, int to) {
    Dice *dice = &thing->dice;
    bool hex = all_hex(code, from);
    bool encrypted = encrypt_digits(thing, code, from, to);
    for (int i = from; i < to; i++) {
        char c = code->c[i];
        if (is_digit(c)) {
            if (encrypted) continue;
            bool leads = i == 0 && c != '0'; /* a number keeps its length */
            code->c[i] = (char)((leads ? '1' : '0') + (int)dice_below(dice, leads ? 9 : 10));
        } else if (is_letter(c)) {
            char base = c >= 'a' ? 'a' : 'A';
            code->c[i] = (char)(base + (int)dice_below(dice, hex ? 6 : 26));
        }
    }
}

/* One of ten last digits is right, whatever stands before it. */
static void fix_luhn(Code *code) {
    assert(code->n > 0);
    for (char last = '0'; last <= '9'; last++) {
        code->c[code->n - 1] = last;
        if (check_luhn(code->c, code->n)) return;
    }
}

/* The issuer's six digits stay (ISO/IEC 7812-1); of what is too short to be a card, the first. */
static void draw_card(Thing *thing, Code *code) {
    draw_in_place(thing, code, code->n > 12 ? 6 : 1, code->n - 1);
    fix_luhn(code);
}

/* The country stays; check digits as ISO 13616 says: rest and country with 00, modulo 97, from 98.
   DE89 3704 0044 ... -> "37040044...DE00", remainder 9, 98 - 9 = 89. */
static void draw_iban(Thing *thing, Code *code) {
    draw_in_place(thing, code, 4, code->n);
    char turned[CODE_MAX + 1];
    int n = code->n - 4;
    assert(n > 0);
    for (int i = 0; i < n; i++) turned[i] = to_upper(code->c[4 + i]);
    turned[n] = to_upper(code->c[0]);
    turned[n + 1] = to_upper(code->c[1]);
    turned[n + 2] = turned[n + 3] = '0';
    int check = 98 - check_mod_97(turned, n + 4);
    assert(check >= 2 && check <= 98); /* two digits */
    code->c[2] = (char)('0' + check / 10);
    code->c[3] = (char)('0' + check % 10);
}

/* rrrrrryyyymmddsssc, or rrrrrryymmddsss before 1999: another day of the same five years. */
static void draw_resident(Dice *dice, Code *code) {
    bool old = code->n == 15;
    assert(old || code->n == 18);
    int year_n = old ? 2 : 4, at = 6 + year_n; /* of the month; behind the day three of order */
    char *unit = &code->c[5 + year_n];
    int block = *unit >= '5' ? 5 : 0;
    *unit = (char)('0' + block + (int)dice_below(dice, 5));
    int month = 1 + (int)dice_below(dice, 12), day = 1 + (int)dice_below(dice, 28);
    code->c[at] = (char)('0' + month / 10);
    code->c[at + 1] = (char)('0' + month % 10);
    code->c[at + 2] = (char)('0' + day / 10);
    code->c[at + 3] = (char)('0' + day % 10);
    int sex = (code->c[at + 6] - '0') & 1;
    code->c[at + 4] = (char)('0' + (int)dice_below(dice, 10));
    code->c[at + 5] = (char)('0' + (int)dice_below(dice, 10));
    code->c[at + 6] = (char)('0' + 2 * (int)dice_below(dice, 5) + sex);
    for (int i = 0; !old && i < 11; i++) {
        code->c[17] = "0123456789X"[i];
        if (check_mod_11_2(code->c)) return;
    }
}

/* Region and authority stay; the organisation's part and the check sign (modulo 31, weights 3^i)
   are new. The alphabet has no I, O, S, V, Z. */
static void draw_credit(Thing *thing, Code *code) {
    static const char signs[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int sum = 0, weight = 1;
    _Static_assert(sizeof signs - 1 == 31, "the modulus");
    assert(code->n == 18);
    draw_in_place(thing, code, 8, 17);
    for (int i = 0; i < 17; i++, weight = weight * 3 % 31) {
        const char *sign = strchr(signs, to_upper(code->c[i]));
        if (!sign) sign = signs + 10 + dice_below(&thing->dice, 21);
        code->c[i] = *sign;
        sum += (int)(sign - signs) * weight;
    }
    code->c[17] = signs[(31 - sum % 31) % 31];
}

/* How many symbols from the left are kept. Of a telephone number in the form of a Chinese mobile
   one the first three digits, which name the operator; of others country and area, guessed by the
   length. A number of North America with its country has 11 digits from 1, too, and keeps three. */
static int kept_of(const Thing *thing, const Code *code) {
    int n = code->n;
    switch (thing->kind) {
    case KIND_CN_PLATE: case KIND_CN_PERMIT: case KIND_PASSPORT: return is_letter(code->c[0]);
    case KIND_PHONE: {
        bool china = n == 11 && code->c[0] == '1';
        int drawn = china ? 8 : n >= 12 ? 8 : n >= 9 ? 7 : n - 1;
        return n - drawn;
    }
    default: return 0;
    }
}

/* Fewer than four signs have too few surrogates to give each thing its own. */
bool surrogate_number(Thing *thing, Buf *out) {
    Code code;
    code_read(thing->spelled, &code);
    if (code.other || code.n < 4) return false;
    bool resident = thing->kind == KIND_CN_RESIDENT && (code.n == 18 || code.n == 15);
    if (resident) draw_resident(&thing->dice, &code);
    else if (thing->kind == KIND_CARD) draw_card(thing, &code);
    else if (thing->kind == KIND_IBAN && code.n > 8) draw_iban(thing, &code);
    else if (thing->kind == KIND_CN_CREDIT && code.n == 18) draw_credit(thing, &code);
    else draw_in_place(thing, &code, kept_of(thing, &code), code.n);
    code_spell(thing->spelled, &code, out);
    return true;
}

/* ---- keys and passwords -------------------------------------------------------------------- */

/* What names the issuer of a key: up to the last '-' or '_' of its beginning. */
static int key_prefix(Str spelled) {
    int symbols = 0, prefix = 0;
    for (size_t i = 0; i < spelled.n && i < 12; i++) {
        if (is_alnum(spelled.p[i])) symbols++;
        else if (spelled.p[i] == '-' || spelled.p[i] == '_') prefix = symbols;
        else break;
    }
    if (prefix) return prefix;
    if (str_starts(spelled, STR("0x")) || str_starts(spelled, STR("eyJ"))) return 2;
    return spelled.n > 16 ? 3 : 0;
}

/* Below 8 signs too little would be drawn; 200 is chosen. */
bool surrogate_key(Thing *thing, Buf *out) {
    Code code;
    code_read(thing->spelled, &code);
    if (code.other || code.n < 8 || code.n > 200) return surrogate_token(thing, out);
    draw_in_place(thing, &code, key_prefix(thing->spelled), code.n);
    code_spell(thing->spelled, &code, out);
    return true;
}

/* 55 signs, none of 0, 1, I, O, i, l, o: 12 of them are more than 2^69. */
bool surrogate_password(Thing *thing, Buf *out) {
    static const char signs[] = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789";
    size_t n = thing->spelled.n < 12 ? 12 : thing->spelled.n > 24 ? 24 : thing->spelled.n;
    for (size_t i = 0; i < n; i++) {
        buf_add_byte(out, signs[dice_below(&thing->dice, sizeof signs - 1)]);
    }
    return true;
}
