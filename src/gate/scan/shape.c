/*
 * National numbers by their customary shape and their check digits.
 *
 * A shape spells a number as people write it: d a digit, A a letter, all else itself. A run of the
 * text has its own spelling in these signs, and rows of the same length are compared. A row says
 * which check decides, which words name this number (context.h), and the score without any word:
 * 0 where digits and check alone would hold for too much that is something else. A shape with
 * separators of its own is rarer than bare digits and may stand alone more often.
 *
 * A word that names another national number bars a bare find: "PESEL 44051401359" is no CPF,
 * although one in a hundred eleven-digit numbers would pass there.
 *
 * The checks follow the issuing authorities' published rules; each says its own in one line.
 */
#include <assert.h>

#include "base/calendar.h"
#include "gate/scan/impl.h"

typedef bool (*Check)(const char *c, int n);

typedef struct Shape {
    const char *shape;
    Check check;
    uint64_t classes;
    double bare; /* score without a word; 0: none */
    ScanKind kind;
} Shape;

/* Two digits of a month and two of a day. 2000 is a leap year, so 29 February passes. */
static bool is_month_day(const char *month, const char *day) {
    return calendar_has(2000, check_number(month, 2), check_number(day, 2));
}

/* ---- the Americas -------------------------------------------------------------------------- */

/* SSA: area not 000, 666, 900-999; group not 00; serial not 0000. */
static bool us_ssn(const char *c, int n) {
    int area = check_number(c, 3);
    return area && area != 666 && area < 900 && check_number(c + 3, 2) && check_number(c + 5, 4);
}

/* IRS: 9xx, group 50-65, 70-88, 90-92, 94-99. */
static bool us_itin(const char *c, int n) {
    int group = check_number(c + 3, 2);
    return c[0] == '9' && group >= 50 && group != 93 && group != 89 && (group < 66 || group > 69);
}

/* IRS: no prefix is 00; there is no check digit, so the shape asks for its word. */
static bool us_ein(const char *c, int n) {
    return !(c[0] == '0' && c[1] == '0') && !check_all_same(c, n);
}

/* ABA: 3-7-1 three times, sum divisible by ten; 00-12, 21-32, 61-72, 80. */
static bool us_routing(const char *c, int n) {
    int head = check_number(c, 2);
    bool known =
        head <= 12 || (head >= 21 && head <= 32) || (head >= 61 && head <= 72) || head == 80;
    return known && check_weighted(c, "371371371") % 10 == 0 && !check_all_same(c, n);
}

/* CRA: Luhn, first digit not 0 or 8. */
static bool ca_sin(const char *c, int n) {
    return c[0] != '0' && c[0] != '8' && check_luhn(c, n);
}

/* RFB: two digits by weights n+1..2 and n+2..2, mod 11. */
static bool br_cpf(const char *c, int n) {
    int a = 0, b = 0;
    if (check_all_same(c, n)) return false;
    for (int i = 0; i < 9; i++) a += (c[i] - '0') * (10 - i);
    a = a * 10 % 11 % 10;
    for (int i = 0; i < 10; i++) b += (c[i] - '0') * (11 - i);
    b = b * 10 % 11 % 10;
    return a == c[9] - '0' && b == c[10] - '0';
}

/* Weights 2 to 9 from the right, again from 2; 11 - sum mod 11, of which 10 and 11 are 0. */
static int br_cnpj_digit(const char *c, int n) {
    int sum = 0;
    for (int i = n - 1, weight = 2; i >= 0; i--, weight = weight == 9 ? 2 : weight + 1) {
        sum += (c[i] - '0') * weight;
    }
    sum %= 11;
    return sum < 2 ? 0 : 11 - sum;
}

/* RFB: the 13th digit over twelve, the 14th over thirteen. */
static bool br_cnpj(const char *c, int n) {
    return !check_all_same(c, n) && br_cnpj_digit(c, 12) == c[12] - '0' &&
           br_cnpj_digit(c, 13) == c[13] - '0';
}

/* AFIP: types 20 23 24 27 30 33 34, weights 5432765432, mod 11. */
static bool ar_cuit(const char *c, int n) {
    static const char types[] = "20 23 24 27 30 33 34 50 51 55";
    char head[3] = {c[0], c[1], 0};
    int rest = (11 - check_weighted(c, "5432765432") % 11) % 11;
    return strstr(types, head) && rest == c[10] - '0';
}

/* SII: weights 2..7 from the right, mod 11; the last is 0-9 or K. */
static bool cl_rut(const char *c, int n) {
    int sum = 0;
    for (int i = n - 2, weight = 2; i >= 0; i--, weight = weight == 7 ? 2 : weight + 1) {
        if (!is_digit(c[i])) return false;
        sum += (c[i] - '0') * weight;
    }
    return c[n - 1] == "0K987654321"[sum % 11];
}

/* RENAPO: AAAAyymmddHSSCCC + digit or letter + check; weights 18..2 over 0-9A-NÑO-Z, mod 10. */
static bool mx_curp(const char *c, int n) {
    int sum = 0;
    if ((c[10] != 'H' && c[10] != 'M' && c[10] != 'X') || !is_digit(c[17])) return false;
    if (!is_month_day(c + 6, c + 8)) return false;
    for (int i = 0; i < 17; i++) {
        int v = is_digit(c[i]) ? c[i] - '0' : c[i] - 'A' + 10 + (c[i] > 'N');
        sum += v * (18 - i);
    }
    return (10 - sum % 10) % 10 == c[17] - '0';
}

/* ---- Britain, Ireland, the Commonwealth ---------------------------------------------------- */

/* HMRC NIM39110: letters that never stand there, prefixes that are not used; suffix A-D. */
static bool uk_nino(const char *c, int n) {
    static const char unused[] = "BG GB KN NK NT TN ZZ";
    char head[3] = {c[0], c[1], 0};
    return !strchr("DFIQUV", c[0]) && !strchr("DFIOQUV", c[1]) && !strstr(unused, head) &&
           c[8] <= 'D';
}

/* NHS: weights 10..2, 11 - sum mod 11 (11 is 0, 10 none). */
static bool uk_nhs(const char *c, int n) {
    int sum = 0;
    for (int i = 0; i < 9; i++) sum += (c[i] - '0') * (10 - i);
    int digit = (11 - sum % 11) % 11;
    return digit == c[9] - '0' && !check_all_same(c, n);
}

/* Postcode (BS 7666): the inward part's letters are none of CIKMOV, the first none of QVX. */
static bool uk_postcode(const char *c, int n) {
    return !strchr("CIKMOV", c[n - 1]) && !strchr("CIKMOV", c[n - 2]) && !strchr("QVX", c[0]);
}

/* PPS: weights 8..2, a second letter counts nine; letter by sum mod 23 (0 is W). */
static bool ie_pps(const char *c, int n) {
    int sum = check_weighted(c, "8765432");
    if (n == 9) sum += c[8] == 'W' ? 0 : 9 * (c[8] - 'A' + 1);
    return c[7] == "WABCDEFGHIJKLMNOPQRSTUV"[sum % 23];
}

/* ATO: weights 1 4 3 7 5 8 6 9 10, divisible by eleven. */
static bool au_tfn(const char *c, int n) {
    return (check_weighted(c, "14375869") + (c[8] - '0') * 10) % 11 == 0 && !check_all_same(c, n);
}

/* Medicare: first digit 2-6, weights 1 3 7 9 1 3 7 9, ninth is the sum mod 10. */
static bool au_medicare(const char *c, int n) {
    return c[0] >= '2' && c[0] <= '6' && check_weighted(c, "13791379") % 10 == c[8] - '0';
}

/* ABR: first digit less one, weights 10 1 3 5 ... 19, divisible by 89. */
static bool au_abn(const char *c, int n) {
    int sum = (c[0] - '1') * 10;
    for (int i = 1; i < 11; i++) sum += (c[i] - '0') * (2 * i - 1);
    return c[0] != '0' && sum % 89 == 0;
}

/* DHA: yymmdd, 4 digits, citizenship 0 or 1, 8 or 9, Luhn. */
static bool za_id(const char *c, int n) {
    return is_month_day(c + 2, c + 4) && c[10] <= '2' && check_luhn(c, n);
}

/* ---- the European Union and its neighbours ------------------------------------------------- */

/* BZSt: not 0 first; among the first ten one digit twice or thrice, ISO 7064 MOD 11,10. */
static bool de_steuer(const char *c, int n) {
    int count[10] = {0}, repeated = 0, most = 0;
    for (int i = 0; i < 10; i++) count[c[i] - '0']++;
    for (int i = 0; i < 10; i++) {
        repeated += count[i] > 1;
        most = count[i] > most ? count[i] : most;
    }
    return c[0] != '0' && repeated == 1 && most <= 3 && check_mod_11_10(c, n);
}

/* The number that a German tax office gives: office, district, number, grouped as each state does;
   the states' check digits differ, so that only its word tells it. */
static bool de_steuernummer(const char *c, int n) {
    return !check_all_same(c, n);
}

/* ICAO 9303 digit (7 3 1) over nine of 0-9 and CFGHJKLMNPRTVWXYZ. */
static bool de_ausweis(const char *c, int n) {
    int sum = 0;
    for (int i = 0; i < 9; i++) {
        if (!is_digit(c[i]) && !strchr("CFGHJKLMNPRTVWXYZ", c[i])) return false;
        sum += (is_digit(c[i]) ? c[i] - '0' : c[i] - 'A' + 10) * ("731"[i % 3] - '0');
    }
    return n == 9 || sum % 10 == c[9] - '0';
}

/* VKVV 4: area, ddmmyy, a letter as its two digits, two of order, check; weights 2 1 2 5 7 1 2 1 2
   1 2 1, digits of the products added, mod 10. */
static bool de_versicherung(const char *c, int n) {
    int letter = c[8] - 'A' + 1, sum = 0;
    int d[12] = {[8] = letter / 10, [9] = letter % 10, [10] = c[9] - '0', [11] = c[10] - '0'};
    for (int i = 0; i < 8; i++) d[i] = c[i] - '0';
    for (int i = 0; i < 12; i++) {
        int product = d[i] * ("212571212121"[i] - '0');
        sum += product / 10 + product % 10;
    }
    return is_month_day(c + 4, c + 2) && sum % 10 == c[11] - '0';
}

/* INSEE: sex, yy, mm (or 20-99 for unknown), department, ..., 97 - number mod 97; 2A and 2B count
   as 19 and 18. */
static bool fr_nir(const char *c, int n) {
    int64_t value = 0;
    int month = check_number(c + 3, 2), key = check_number(c + 13, 2);
    if (c[0] != '1' && c[0] != '2' && c[0] != '7' && c[0] != '8') return false;
    if (month == 0 || (month > 12 && month < 20)) return false;
    for (int i = 0; i < 13; i++) {
        int v = c[i] == 'A' ? 9 : c[i] == 'B' ? 8 : c[i] - '0'; /* 2A -> 19, 2B -> 18 */
        if (i == 5 && !is_digit(c[6])) v = 1;
        if (v < 0 || v > 9) return false;
        value = value * 10 + v;
    }
    return 97 - (int)(value % 97) == key;
}

/* INSEE: Luhn over all, nine digits of a firm or fourteen of its place (SIRET). */
static bool fr_siren(const char *c, int n) {
    return check_luhn(c, n) && !check_all_same(c, n);
}

/* The letter by the number mod 23. */
static char es_letter(int value) {
    return "TRWAGMYFPDXBNJZSQVHLCKE"[value % 23];
}

/* Eight digits and their letter. */
static bool es_dni(const char *c, int n) {
    return c[8] == es_letter(check_number(c, 8));
}

/* Foreigners': X, Y, Z stand for a leading 0, 1, 2. */
static bool es_nie(const char *c, int n) {
    return c[0] >= 'X' && c[0] <= 'Z' &&
           c[8] == es_letter((c[0] - 'X') * 10000000 + check_number(c + 1, 7));
}

/* AT: weights 9..2, 11 - sum mod 11, of which 10 and 11 are 0; what begins with 0 or 4 is not
   taken. */
static bool pt_nif(const char *c, int n) {
    int rest = check_weighted(c, "98765432") % 11;
    return c[0] != '0' && c[0] != '4' && (rest < 2 ? 0 : 11 - rest) == c[8] - '0';
}

/* DM 23/12/1976: odd places by their own table, even ones by value; digits may be spelled with
   letters LMNPQRSTUV (omocodia). */
static bool it_fiscale(const char *c, int n) {
    static const char odd[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                               20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
    static const char months[] = "ABCDEHLMPRST", spelled[] = "LMNPQRSTUV";
    int sum = 0, number[16];
    for (int i = 0; i < 15; i++) {
        int v = is_digit(c[i]) ? c[i] - '0' : c[i] - 'A';
        sum += i % 2 == 0 ? odd[v] : v;
        const char *sign = is_digit(c[i]) ? NULL : strchr(spelled, c[i]);
        number[i] = is_digit(c[i]) ? c[i] - '0' : sign ? (int)(sign - spelled) : -1;
    }
    static const char digits_at[] = {6, 7, 9, 10, 12, 13, 14};
    for (int i = 0; i < 7; i++) {
        if (number[(int)digits_at[i]] < 0) return false;
    }
    int day = number[9] * 10 + number[10];
    bool dated = strchr(months, c[8]) && ((day >= 1 && day <= 31) || (day >= 41 && day <= 71));
    return dated && c[15] == 'A' + sum % 26;
}

/* The eleven test: weights 9..2 and -1, divisible by eleven. */
static bool nl_bsn(const char *c, int n) {
    int sum = -(c[8] - '0');
    for (int i = 0; i < 8; i++) sum += (c[i] - '0') * (9 - i);
    return sum % 11 == 0 && !check_all_same(c, n);
}

/* yymmdd, 3 digits, 97 - number mod 97; births from 2000 count with a 2 before. */
static bool be_national(const char *c, int n) {
    int64_t value = 0;
    for (int i = 0; i < 9; i++) value = value * 10 + c[i] - '0';
    int key = check_number(c + 9, 2), month = check_number(c + 2, 2) % 20;
    bool ok = 97 - (int)(value % 97) == key || 97 - (int)((value + 2000000000) % 97) == key;
    return ok && month <= 12 && check_number(c + 4, 2) <= 31;
}

/* yymmdd with the century in the month (+80, +20, +40, +60); weights 1 3 7 9, mod 10. */
static bool pl_pesel(const char *c, int n) {
    int month = check_number(c + 2, 2) % 20;
    return calendar_has(2000, month, check_number(c + 4, 2)) &&
           (10 - check_weighted(c, "1379137913") % 10) % 10 == c[10] - '0';
}

/* Weights 6 5 7 2 3 4 5 6 7, mod 11; a rest of 10 is given to nobody, and equals no digit. */
static bool pl_nip(const char *c, int n) {
    return check_weighted(c, "657234567") % 11 == c[9] - '0' && !check_all_same(c, n);
}

/* yymmdd-nnnc: Luhn over all ten; coordination numbers add 60 to the day. */
static bool se_personnummer(const char *c, int n) {
    const char *d = n == 12 ? c + 2 : c;
    int day = check_number(d + 4, 2);
    return calendar_has(2000, check_number(d + 2, 2), day > 60 ? day - 60 : day) &&
           check_luhn(d, 10);
}

/* ddmmyy, individual number, two digits mod 11. 40 is added to the day of D-numbers and to the
   month of H-numbers. */
static bool no_fodselsnummer(const char *c, int n) {
    int a = (11 - check_weighted(c, "376189452") % 11) % 11;
    int b = (11 - check_weighted(c, "5432765432") % 11) % 11;
    int day = check_number(c, 2), month = check_number(c + 2, 2);
    return calendar_has(2000, month > 40 ? month - 40 : month, day > 40 ? day - 40 : day) &&
           a == c[9] - '0' && b == c[10] - '0';
}

/* ddmmyy-nnnn: since 2007 numbers without a right check digit are given, so the date alone counts,
   and only beside the word. */
static bool dk_cpr(const char *c, int n) {
    return is_month_day(c + 2, c);
}

/* DVV: ddmmyy, century sign, nnn, letter or digit of the nine digits mod 31. */
static bool fi_hetu(const char *c, int n) {
    int value = check_number(c, 6) * 1000 + check_number(c + n - 4, 3);
    return is_month_day(c + 2, c) && c[n - 1] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[value % 31];
}

/* 756 and EAN-13. */
static bool ean_13(const char *c, int n) {
    return check_weighted(c, "1313131313131") % 10 == 0;
}

/* The country's EAN prefix and EAN-13's digit. */
static bool ch_ahv(const char *c, int n) {
    return c[0] == '7' && c[1] == '5' && c[2] == '6' && ean_13(c, n);
}

/* nnnc ddmmyy: weights 3 7 9 5 8 4 2 1 6 over all but the fourth digit, which is the sum mod 11. */
static bool at_svnr(const char *c, int n) {
    int sum = check_weighted(c, "379") + check_weighted(c + 4, "584216");
    return c[0] != '0' && sum % 11 == c[3] - '0';
}

/* yymmdd (women +50, later also +20), nnnc: divisible by eleven. */
static bool cz_birth(const char *c, int n) {
    int month = check_number(c + 2, 2) % 50, rest = 0;
    for (int i = 0; i < n; i++) rest = (rest * 10 + c[i] - '0') % 11;
    return calendar_has(2000, month > 20 ? month - 20 : month, check_number(c + 4, 2)) && rest == 0;
}

/* Sex and century, yymmdd, county, serial; weights 2 7 9 1 4 6 3 5 8 2 7 9 mod 11, a rest of 10 is
   1. */
static bool ro_cnp(const char *c, int n) {
    int rest = check_weighted(c, "279146358279") % 11;
    return c[0] != '0' && is_month_day(c + 3, c + 5) && (rest == 10 ? 1 : rest) == c[12] - '0';
}

/* yymmdd with the century in the month (+20, +40); weights 2 4 8 5 10 9 7 3 6, mod 11 mod 10. */
static bool bg_egn(const char *c, int n) {
    int sum = check_weighted(c, "248") + (c[3] - '0') * 5 + (c[4] - '0') * 10 +
              check_weighted(c + 5, "9736");
    int month = check_number(c + 2, 2) % 20;
    return calendar_has(2000, month, check_number(c + 4, 2)) && sum % 11 % 10 == c[9] - '0';
}

/* ddmmyy, serial, Luhn. */
static bool gr_amka(const char *c, int n) {
    return is_month_day(c + 2, c) && check_luhn(c, n);
}

/* Not 0 first; the tenth from odd and even places, the eleventh the sum of ten mod 10. */
static bool tr_tckn(const char *c, int n) {
    int odd = 0, even = 0, all = 0;
    for (int i = 0; i < 9; i += 2) odd += c[i] - '0';
    for (int i = 1; i < 8; i += 2) even += c[i] - '0';
    for (int i = 0; i < 10; i++) all += c[i] - '0';
    return c[0] != '0' && (odd * 7 - even + 100) % 10 == c[9] - '0' && all % 10 == c[10] - '0';
}

/* PFR: sum of d * place from 9 down, mod 101, mod 100. */
static bool ru_snils(const char *c, int n) {
    int sum = check_weighted(c, "987654321") % 101 % 100;
    return sum == check_number(c + 9, 2);
}

/* FNS: persons' twelve digits, two checks by weights mod 11 mod 10. */
static bool ru_inn(const char *c, int n) {
    static const int weights[] = {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8};
    int a = 0, b = 0;
    for (int i = 0; i < 10; i++) a += (c[i] - '0') * weights[i + 1];
    for (int i = 0; i < 11; i++) b += (c[i] - '0') * weights[i];
    return a % 11 % 10 == c[10] - '0' && b % 11 % 10 == c[11] - '0';
}

/* ---- Asia ---------------------------------------------------------------------------------- */

/* UIDAI: no number begins with 0 or 1; Verhoeff. */
static bool in_aadhaar(const char *c, int n) {
    return c[0] >= '2' && check_verhoeff(c, n);
}

/* The fourth letter says what sort of holder; the last one is not checked. */
static bool in_pan(const char *c, int n) {
    return strchr("ABCEFGHJKLPT", c[3]) != NULL;
}

/* GSTN: state 01-38 or 97-99, PAN, entity, Z, check over base 36. */
static bool in_gstin(const char *c, int n) {
    int sum = 0, state = check_number(c, 2);
    for (int i = 0; i < 14; i++) {
        int v = (is_digit(c[i]) ? c[i] - '0' : c[i] - 'A' + 10) * (i % 2 + 1);
        sum += v / 36 + v % 36;
    }
    int check = (36 - sum % 36) % 36;
    return state >= 1 && (state <= 38 || state >= 97) && c[13] == 'Z' &&
           c[14] == (check < 10 ? '0' + check : 'A' + check - 10);
}

/* Ordinance 85/2014: weights 6543276 5432, 11 - sum mod 11, above 9 is 0. */
static bool jp_mynumber(const char *c, int n) {
    int rest = check_weighted(c, "65432765432") % 11;
    return (rest < 2 ? 0 : 11 - rest) == c[11] - '0' && !check_all_same(c, n);
}

/* yymmdd-snnnnnc, weights 2..9 2..5; s says sex and century (3 4 7 8: from 2000). */
static bool kr_rrn(const char *c, int n) {
    bool sex = c[6] != '0' && c[6] != '9';
    bool future = strchr("3478", c[6]) && !check_year_passed(2000 + check_number(c, 2));
    return sex && !future && is_month_day(c + 2, c + 4) &&
           (11 - check_weighted(c, "234567892345") % 11) % 10 == c[12] - '0';
}

/* Numbers given from October 2020 on have no check digit: only with their word. */
static bool kr_rrn_2020(const char *c, int n) {
    int year = 2000 + check_number(c, 2), month = check_number(c + 2, 2);
    return strchr("3478", c[6]) && year * 100 + month >= 202010 && check_year_passed(year) &&
           calendar_has(2000, month, check_number(c + 4, 2));
}

/* Letter as two digits (A is 10 ... I is 34, O is 35), weights 1 9 8 ... 1 1. */
static bool tw_id(const char *c, int n) {
    static const char order[] = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
    const char *letter = strchr(order, c[0]);
    if (!letter || (c[1] != '1' && c[1] != '2' && c[1] != '8' && c[1] != '9')) return false;
    int code = (int)(letter - order) + 10;
    return (code / 10 + code % 10 * 9 + check_weighted(c + 1, "876543211")) % 10 == 0;
}

/* Weights 9 8 ... 2 1; letters A is 10; a missing first letter counts 36; check 10 is A. */
static bool hk_id(const char *c, int n) {
    int at = n == 9 ? 1 : 0, sum = n == 9 ? (c[0] - 'A' + 10) * 9 : 36 * 9;
    sum += (c[at] - 'A' + 10) * 8 + check_weighted(c + at + 1, "765432");
    char last = c[n - 1];
    if (!is_digit(last) && last != 'A') return false;
    return (sum + (is_digit(last) ? last - '0' : 10)) % 11 == 0;
}

/* First digit 1, 5 or 7; the digit in brackets is not checked, so it counts beside its word only.
   */
static bool mo_id(const char *c, int n) {
    return c[0] == '1' || c[0] == '5' || c[0] == '7';
}

/* Weights 2765432; T and G add 4, M adds 3; letters by series. */
static bool sg_nric(const char *c, int n) {
    int sum = check_weighted(c + 1, "2765432") + (c[0] == 'T' || c[0] == 'G' ? 4 : 0);
    if (c[0] == 'S' || c[0] == 'T') return c[8] == "JZIHGFEDCBA"[sum % 11];
    if (c[0] == 'F' || c[0] == 'G') return c[8] == "XWUTRQPNMLK"[sum % 11];
    return c[0] == 'M' && c[8] == "KLJNPQRTUWX"[(sum + 3) % 11];
}

/* yymmdd, code of the place of birth, serial; there is no check digit. */
static bool my_nric(const char *c, int n) {
    int place = check_number(c + 6, 2);
    return is_month_day(c + 2, c + 4) && place >= 1 &&
           place != 17 && place != 18 && place != 19 && place != 20;
}

/* Weights 13..2, 11 - sum mod 11 mod 10; what begins with 0 or 9 is not taken. */
static bool th_id(const char *c, int n) {
    int sum = 0;
    for (int i = 0; i < 12; i++) sum += (c[i] - '0') * (13 - i);
    return c[0] != '0' && c[0] != '9' && (11 - sum % 11) % 10 == c[12] - '0';
}

/* Province (from 11), district, ddmmyy with 40 added to a woman's day, serial; no check digit. */
static bool id_nik(const char *c, int n) {
    int day = check_number(c + 6, 2), province = check_number(c, 2);
    return province >= 11 && calendar_has(2000, check_number(c + 8, 2), day > 40 ? day - 40 : day);
}

/* Luhn over nine digits, leading zeros among them. */
static bool il_tz(const char *c, int n) {
    return check_luhn(c, n) && !check_all_same(c, n);
}

/* A British sort code and its account: no day in pairs of digits, and no account of one digit. */
static bool uk_account(const char *c, int n) {
    int a = check_number(c, 2), b = check_number(c + 2, 2), last = check_number(c + 4, 2);
    bool day = calendar_has(2000, b, a) || calendar_has(2000, a, b) || calendar_has(2000, b, last);
    return !day && !check_all_same(c + 6, 8);
}

/* A British driver (DVLA): five letters of a name, the decade, the month (50 more for a woman), the
   day and the year of birth, two initials or one and a nine, a digit, two letters. */
static bool uk_driver(const char *c, int n) {
    int month = check_number(c + 6, 2), day = check_number(c + 8, 2);
    bool initial = !is_digit(c[12]) || c[12] == '9';
    return initial && calendar_has(2000, month > 50 ? month - 50 : month, day);
}

/* ---- the table ----------------------------------------------------------------------------- */

/* A row: the shape, its check, the words that name it, its score without them (0: only beside
   them), and what it is found as. Several rows of one shape are all asked. */
static const Shape shapes[] = {
    {"ddd-dd-dddd", us_ssn, CTX(SSN), 0.85, KIND_NATIONAL},
    {"ddd dd dddd", us_ssn, CTX(SSN), 0, KIND_NATIONAL},
    {"ddddddddd", us_ssn, CTX(SSN), 0, KIND_NATIONAL},
    {"ddd-dd-dddd", us_itin, CTX(TAX), 0, KIND_TAX},
    {"dd-ddddddd", us_ein, CTX(EIN), 0, KIND_TAX},
    {"ddddddddd", us_routing, CTX(ROUTING), 0, KIND_ACCOUNT},
    {"dd-dd-dd dddddddd", uk_account, CTX(ROUTING) | CTX(ACCOUNT), 0.75, KIND_ACCOUNT},
    {"ddd-ddd-ddd", ca_sin, CTX(SIN), 0, KIND_NATIONAL},
    {"ddd ddd ddd", ca_sin, CTX(SIN), 0, KIND_NATIONAL},
    {"ddddddddd", ca_sin, CTX(SIN), 0, KIND_NATIONAL},
    {"ddd.ddd.ddd-dd", br_cpf, CTX(CPF), 0.95, KIND_NATIONAL},
    {"ddddddddddd", br_cpf, CTX(CPF), 0, KIND_NATIONAL},
    {"dd.ddd.ddd/dddd-dd", br_cnpj, CTX(CNPJ), 0.95, KIND_TAX},
    {"dddddddddddddd", br_cnpj, CTX(CNPJ), 0, KIND_TAX},
    {"dd-dddddddd-d", ar_cuit, CTX(TAX), 0.85, KIND_TAX},
    {"d.ddd.ddd-d", cl_rut, CTX(TAX), 0.85, KIND_NATIONAL},
    {"d.ddd.ddd-A", cl_rut, CTX(TAX), 0.9, KIND_NATIONAL},
    {"dd.ddd.ddd-d", cl_rut, CTX(TAX), 0.85, KIND_NATIONAL},
    {"dd.ddd.ddd-A", cl_rut, CTX(TAX), 0.9, KIND_NATIONAL},
    {"AAAAddddddAAAAAAdd", mx_curp, CTX(RESIDENT), 0.95, KIND_NATIONAL},
    {"AAAAddddddAAAAAAAd", mx_curp, CTX(RESIDENT), 0.95, KIND_NATIONAL},
    {"AAddddddA", uk_nino, CTX(NINO), 0.9, KIND_NATIONAL},
    {"AA dd dd dd A", uk_nino, CTX(NINO), 0.95, KIND_NATIONAL},
    {"AA-dd-dd-dd-A", uk_nino, CTX(NINO), 0.95, KIND_NATIONAL},
    {"Ad dAA", uk_postcode, 0, 0.6, KIND_STREET},
    {"Add dAA", uk_postcode, 0, 0.6, KIND_STREET},
    {"AAd dAA", uk_postcode, 0, 0.6, KIND_STREET},
    {"AAdd dAA", uk_postcode, 0, 0.6, KIND_STREET},
    {"AdA dAA", uk_postcode, 0, 0.6, KIND_STREET},
    {"AAdA dAA", uk_postcode, 0, 0.6, KIND_STREET},
    {"AAAAAddddddAAdAA", uk_driver, CTX(LICENCE), 0.85, KIND_RECORD},
    {"AAAAAddddddAddAA", uk_driver, CTX(LICENCE), 0.85, KIND_RECORD},
    {"ddd ddd dddd", uk_nhs, CTX(NHS), 0, KIND_NATIONAL},
    {"ddd-ddd-dddd", uk_nhs, CTX(NHS), 0, KIND_NATIONAL},
    {"dddddddddd", uk_nhs, CTX(NHS), 0, KIND_NATIONAL},
    {"dddddddA", ie_pps, CTX(IE), 0, KIND_NATIONAL},
    {"dddddddAA", ie_pps, CTX(IE), 0, KIND_NATIONAL},
    {"ddd ddd ddd", au_tfn, CTX(TFN), 0, KIND_TAX},
    {"ddddddddd", au_tfn, CTX(TFN), 0, KIND_TAX},
    {"dddd ddddd d", au_medicare, CTX(MEDICARE), 0, KIND_NATIONAL},
    {"dddddddddd", au_medicare, CTX(MEDICARE), 0, KIND_NATIONAL},
    {"dd ddd ddd ddd", au_abn, CTX(ABN), 0, KIND_TAX},
    {"ddddddddddd", au_abn, CTX(ABN), 0, KIND_TAX},
    {"ddddddddddddd", za_id, CTX(ZA), 0, KIND_NATIONAL},
    {"dd ddd ddd ddd", de_steuer, CTX(TAX), 0.7, KIND_TAX},
    {"ddddddddddd", de_steuer, CTX(TAX), 0, KIND_TAX},
    {"dd/ddd/ddddd", de_steuernummer, CTX(TAX), 0, KIND_TAX},
    {"ddd/ddd/ddddd", de_steuernummer, CTX(TAX), 0, KIND_TAX},
    {"ddd/dddd/dddd", de_steuernummer, CTX(TAX), 0, KIND_TAX},
    {"ddddd/ddddd", de_steuernummer, CTX(TAX), 0, KIND_TAX},
    {"dd/dddddddd", de_steuernummer, CTX(TAX), 0, KIND_TAX},
    {"dd ddd ddddd", de_steuernummer, CTX(TAX), 0, KIND_TAX},
    {"ddd ddd ddddd", de_steuernummer, CTX(TAX), 0, KIND_TAX},
    {"ddd dddd dddd", de_steuernummer, CTX(TAX), 0, KIND_TAX},
    {"dddddddddd", de_steuernummer, CTX(TAX), 0, KIND_TAX},
    {"dd dddddd A ddd", de_versicherung, CTX(AT), 0.9, KIND_NATIONAL},
    {"ddddddddAddd", de_versicherung, CTX(AT), 0, KIND_NATIONAL},
    {"d dd dd dd ddd ddd dd", fr_nir, CTX(NIR), 0.95, KIND_NATIONAL},
    {"ddddddddddddd dd", fr_nir, CTX(NIR), 0.7, KIND_NATIONAL},
    {"ddddddddddddddd", fr_nir, CTX(NIR), 0, KIND_NATIONAL},
    {"d dd dd dA ddd ddd dd", fr_nir, CTX(NIR), 0.95, KIND_NATIONAL},
    {"ddddddAdddddddd", fr_nir, CTX(NIR), 0.85, KIND_NATIONAL},
    {"ddd ddd ddd", fr_siren, CTX(SIREN), 0, KIND_TAX},
    {"ddddddddd", fr_siren, CTX(SIREN), 0, KIND_TAX},
    {"dddddddddddddd", fr_siren, CTX(SIREN), 0, KIND_TAX},
    {"ddddddddA", es_dni, CTX(DNI) | CTX(NIF), 0.85, KIND_NATIONAL},
    {"dddddddd-A", es_dni, CTX(DNI) | CTX(NIF), 0.85, KIND_NATIONAL},
    {"dd.ddd.ddd-A", es_dni, CTX(DNI) | CTX(NIF), 0.85, KIND_NATIONAL},
    {"AdddddddA", es_nie, CTX(DNI) | CTX(NIF), 0.85, KIND_NATIONAL},
    {"A-ddddddd-A", es_nie, CTX(DNI) | CTX(NIF), 0.85, KIND_NATIONAL},
    {"ddddddddd", pt_nif, CTX(NIF), 0, KIND_TAX},
    {"ddd ddd ddd", pt_nif, CTX(NIF), 0, KIND_TAX},
    {"ddddddddddd", fr_siren, CTX(PVA), 0, KIND_TAX}, /* partita IVA: Luhn */
    {"ddddddddd", nl_bsn, CTX(BSN), 0, KIND_NATIONAL},
    {"dd.dd.dd-ddd.dd", be_national, CTX(BE), 0.95, KIND_NATIONAL},
    {"ddddddddddd", be_national, CTX(BE), 0, KIND_NATIONAL},
    {"ddddddddddd", pl_pesel, CTX(PESEL), 0, KIND_NATIONAL},
    {"ddd-ddd-dd-dd", pl_nip, CTX(NIP), 0.8, KIND_TAX},
    {"ddd-dd-dd-ddd", pl_nip, CTX(NIP), 0.8, KIND_TAX},
    {"dddddddddd", pl_nip, CTX(NIP), 0, KIND_TAX},
    {"dddddd-dddd", se_personnummer, CTX(NO), 0.8, KIND_NATIONAL},
    {"dddddddd-dddd", se_personnummer, CTX(NO), 0.85, KIND_NATIONAL},
    {"dddddddddd", se_personnummer, CTX(NO), 0, KIND_NATIONAL},
    {"dddddddddddd", se_personnummer, CTX(NO), 0, KIND_NATIONAL},
    {"ddddddddddd", no_fodselsnummer, CTX(NO), 0, KIND_NATIONAL},
    {"dddddd ddddd", no_fodselsnummer, CTX(NO), 0, KIND_NATIONAL},
    {"dddddd-dddd", dk_cpr, CTX(DK), 0, KIND_NATIONAL},
    {"dddddd-dddA", fi_hetu, 0, 0.9, KIND_NATIONAL},
    {"ddddddAdddA", fi_hetu, 0, 0.9, KIND_NATIONAL},
    {"ddddddAdddd", fi_hetu, 0, 0.85, KIND_NATIONAL},
    {"ddd.dddd.dddd.dd", ch_ahv, 0, 0.95, KIND_NATIONAL},
    {"ddddddddddddd", ch_ahv, 0, 0.8, KIND_NATIONAL},
    {"dddd dddddd", at_svnr, CTX(AT), 0, KIND_NATIONAL},
    {"dddddddddd", at_svnr, CTX(AT), 0, KIND_NATIONAL},
    {"dddddd/dddd", cz_birth, 0, 0.85, KIND_NATIONAL},
    {"ddddddddddddd", ro_cnp, CTX(RO), 0, KIND_NATIONAL},
    {"dddddddddd", bg_egn, CTX(BG), 0, KIND_NATIONAL},
    {"ddddddddddd", gr_amka, CTX(GR), 0, KIND_NATIONAL},
    {"ddddddddddd", tr_tckn, CTX(TR), 0, KIND_NATIONAL},
    {"ddd-ddd-ddd dd", ru_snils, 0, 0.9, KIND_NATIONAL},
    {"dddddddddddd", ru_inn, CTX(INN), 0, KIND_TAX},
    {"dddd dddd dddd", in_aadhaar, CTX(AADHAAR), 0, KIND_NATIONAL},
    {"dddd-dddd-dddd", in_aadhaar, CTX(AADHAAR), 0, KIND_NATIONAL},
    {"dddddddddddd", in_aadhaar, CTX(AADHAAR), 0, KIND_NATIONAL},
    {"AAAAAddddA", in_pan, CTX(PAN), 0.85, KIND_TAX},
    {"ddAAAAAddddAdAd", in_gstin, 0, 0.95, KIND_TAX},
    {"ddAAAAAddddAdAA", in_gstin, 0, 0.95, KIND_TAX},
    {"dddd dddd dddd", jp_mynumber, CTX(MYNUMBER), 0, KIND_NATIONAL},
    {"dddd-dddd-dddd", jp_mynumber, CTX(MYNUMBER), 0, KIND_NATIONAL},
    {"dddddddddddd", jp_mynumber, CTX(MYNUMBER), 0, KIND_NATIONAL},
    {"dddddd-ddddddd", kr_rrn, CTX(RRN), 0.9, KIND_NATIONAL},
    {"ddddddddddddd", kr_rrn, CTX(RRN), 0, KIND_NATIONAL},
    {"dddddd-ddddddd", kr_rrn_2020, CTX(RRN), 0, KIND_NATIONAL},
    {"Addddddddd", tw_id, CTX(RESIDENT), 0.85, KIND_NATIONAL},
    {"Adddddd(d", hk_id, CTX(RESIDENT), 0.9, KIND_NATIONAL},
    {"Adddddd(A", hk_id, CTX(RESIDENT), 0.9, KIND_NATIONAL},
    {"AAdddddd(d", hk_id, CTX(RESIDENT), 0.9, KIND_NATIONAL},
    {"AAdddddd(A", hk_id, CTX(RESIDENT), 0.9, KIND_NATIONAL},
    {"Addddddd", hk_id, CTX(RESIDENT), 0, KIND_NATIONAL},
    {"ddddddd(d", mo_id, CTX(MO), 0, KIND_NATIONAL},
    {"AdddddddA", sg_nric, CTX(RESIDENT), 0.9, KIND_NATIONAL},
    {"dddddd-dd-dddd", my_nric, 0, 0.85, KIND_NATIONAL},
    {"d-dddd-ddddd-dd-d", th_id, CTX(TH), 0.95, KIND_NATIONAL},
    {"d dddd ddddd dd d", th_id, CTX(TH), 0.9, KIND_NATIONAL},
    {"ddddddddddddd", th_id, CTX(TH), 0, KIND_NATIONAL},
    {"dddddddddddddddd", id_nik, CTX(ID), 0, KIND_NATIONAL},
    {"ddddddddd", il_tz, CTX(IL), 0, KIND_NATIONAL},
    {"AAAAAAddAddAdddA", it_fiscale, CTX(TAX), 0.95, KIND_TAX},
    {"ddddddddd", de_ausweis, CTX(AUSWEIS), 0, KIND_NATIONAL},
};

enum { NO_SHAPE = 0xFF };
static const double TELLING = 0.8; /* of `bare`: a shape that tells by itself what it is */

_Static_assert((SHAPE_HEADS & (SHAPE_HEADS - 1)) == 0, "a head is a mask away");
_Static_assert(SIG_MAX < 32, "a count of digits is a bit of a word");
_Static_assert(ARRAY_LEN(shapes) < sizeof((ShapeIndex){0}.next), "rows fit the index");

/* FNV-1a to one byte, sign by sign. */
static uint32_t hash_add(uint32_t hash, char c) {
    return (hash ^ (unsigned char)c) * 16777619u;
}

static uint8_t *head_of(ShapeIndex *index, uint32_t hash) {
    return &index->head[(hash >> 16 ^ hash) & (SHAPE_HEADS - 1)];
}

/* Letters and digits of a row. */
static uint32_t signs_of(const Shape *row) {
    uint32_t n = 0;
    for (const char *c = row->shape; *c; c++) n += *c == 'd' || *c == 'A';
    return n;
}

/* How many signs, letters and digits, and digits there are: most runs are like none by that. */
static void note_size(ShapeIndex *index, const Shape *row) {
    size_t length = strlen(row->shape);
    uint32_t n = signs_of(row), digits = 0;
    for (const char *c = row->shape; *c; c++) digits += *c == 'd';
    assert(length <= SIG_MAX && n > 0);
    index->digits[length][n] |= 1u << digits;
    if (row->bare > 0) index->bare[length][n] |= 1u << digits;
}

void shape_index(ShapeIndex *index) {
    memset(index, NO_SHAPE, sizeof *index);
    memset(index->digits, 0, sizeof index->digits);
    memset(index->bare, 0, sizeof index->bare);
    for (size_t i = ARRAY_LEN(shapes); i-- > 0;) {
        uint32_t hash = 0;
        for (const char *c = shapes[i].shape; *c; c++) hash = hash_add(hash, *c);
        uint8_t *head = head_of(index, hash);
        index->next[i] = *head;
        *head = (uint8_t)i;
        note_size(index, &shapes[i]);
    }
}

/* Beside its own word a shape counts however it is grouped; without, only as people group it,
   alone, and where no other national number's word stands. One that is rare enough to stand alone
   counts right behind its word although its check fails: it is mistyped, or made up. */
static void judge(Scanner *s, Run *run, const Shape *row, bool own_separators) {
    const Context *near = phrase_context(s, run->phrase);
    assert(run->n == (int)signs_of(row)); /* a check reads as many, and more are not there */
    uint32_t end = run->end + (fold_at(&s->fold, run->end) == ')' && run->sep == '(');
    if (!row->check(run->c, run->n)) {
        bool telling = row->bare >= TELLING && own_separators && !run->tight;
        if (telling && context_is_right_before(near, row->classes, run->at))
            scan_emit(s, run->at, end, row->kind, 0.7);
        return;
    }
    if (near->any & row->classes) {
        scan_emit(s, run->at, end, row->kind, 0.95);
    } else if (row->bare > 0 && own_separators && !run->tight && !run->lower && !run->doubted &&
               !(near->near & CTX_NATIONAL)) {
        scan_emit(s, run->at, end, row->kind, row->bare);
    }
}

/* The run in the signs of a shape, n_sig of them. */
static void spell(const Fold *v, const Run *run, char *sig) {
    const Token *t = run->phrase->token;
    const char *begin = sig;
    for (int i = run->first; i <= run->last; i++) {
        bool gap = i > run->first && t[i].sep != '\n';
        if (gap && t[i].odd) *sig++ = '-';
        if (gap && !t[i].odd) {
            for (uint32_t x = t[i - 1].at + t[i - 1].n; x < t[i].at; x++) *sig++ = v->p[x];
        }
        for (uint32_t k = 0; k < t[i].n; k++) {
            *sig++ = run->read || is_digit(v->p[t[i].at + k]) ? 'd' : 'A';
        }
    }
    assert(sig == begin + run->n_sig); /* what number.c has counted, and `sig` has room for */
}

/* Rows of that spelling: a hash of nine bits and the rows' own comparison. Most ask for a word that
   does not stand there. */
static void match(Scanner *s, Run *run, const char *sig, uint32_t n, bool own_separators) {
    uint64_t any = phrase_context(s, run->phrase)->any;
    uint32_t hash = 0;
    for (uint32_t k = 0; k < n; k++) hash = hash_add(hash, sig[k]);
    for (unsigned i = *head_of(&s->shapes, hash); i != NO_SHAPE; i = s->shapes.next[i]) {
        if (!(any & shapes[i].classes) && (shapes[i].bare <= 0 || !own_separators)) continue;
        bool same = strncmp(sig, shapes[i].shape, n) == 0 && !shapes[i].shape[n];
        if (same) judge(s, run, &shapes[i], own_separators);
    }
}

static bool is_fiscale_size(const Run *run) {
    return run->n == 16 && run->groups == 1 && run->digits >= 1 && run->digits <= 7 && !run->lower;
}

/* A codice fiscale with omocodia has any letters in its digits' places. */
static void match_fiscale(Scanner *s, Run *run) {
    if (!is_fiscale_size(run)) return;
    for (int i = 0; i < 6; i++) {
        if (is_digit(run->c[i])) return;
    }
    if (!is_digit(run->c[8]) && !is_digit(run->c[11]) && !is_digit(run->c[15]) &&
        it_fiscale(run->c, 16)) {
        scan_emit(s, run->at, run->end, KIND_TAX, 0.95);
    }
}

/* Is there any row with so many signs, letters and digits, and digits? One bit looked up instead of
   a spelling made. */
static bool has_size(const uint32_t sizes[SIG_MAX + 1][SIG_MAX + 1], uint32_t n_sig, const Run *run,
                     int digits) {
    return n_sig <= SIG_MAX && run->n <= SIG_MAX && sizes[n_sig][run->n] >> digits & 1;
}

bool shape_is_bare_size(const ShapeIndex *index, const Run *run) {
    return has_size(index->bare, run->n_sig, run, run->digits) || is_fiscale_size(run);
}

void shape_run(Scanner *s, Run *run) {
    char sig[SIG_MAX];
    bool words = phrase_context(s, run->phrase)->any;
    const ShapeIndex *index = &s->shapes;
    int digits = run->read ? run->n : run->digits;
    if (has_size(words ? index->digits : index->bare, run->n_sig, run, digits)) {
        spell(&s->fold, run, sig);
        match(s, run, sig, run->n_sig, true);
    }
    match_fiscale(s, run);
    if (!words || run->sep == 0 || run->n < 8) return;
    if (!has_size(index->digits, (uint32_t)run->n, run, run->digits)) return;
    for (int i = 0; i < run->n; i++) sig[i] = is_digit(run->c[i]) ? 'd' : 'A';
    match(s, run, sig, (uint32_t)run->n, false);
}
