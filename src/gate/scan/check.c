/*
 * Check digits and the calendar: the arithmetic that tells a number from any digits.
 *
 * Sources: ISO/IEC 7812-1 annex B (Luhn), ISO/IEC 7064 (MOD 11-2, MOD 11,10, MOD 97-10),
 * J. Verhoeff, "Error Detecting Decimal Codes" (1969): the dihedral group D5 and its permutation.
 */
#include <time.h>

#include "base/clock.h"
#include "gate/scan/impl.h"

/* From the right every second digit doubled, with its cross sum; divisible by ten. */
bool check_luhn(const char *d, int n) {
    int sum = 0;
    for (int i = n - 1, place = 0; i >= 0; i--, place++) {
        int v = d[i] - '0';
        if (place & 1) v = v > 4 ? 2 * v - 9 : 2 * v;
        sum += v;
    }
    return sum % 10 == 0;
}

/* D5 as rotations 0..4 and reflections 5..9. */
static int d5_multiply(int a, int b) {
    int turn = a < 5 ? a % 5 + b % 5 : a % 5 - b % 5 + 5;
    return turn % 5 + ((a < 5) == (b < 5) ? 0 : 5);
}

/* Digits from the right, each permuted by its place modulo 8, multiplied in D5; 0 is right. */
bool check_verhoeff(const char *d, int n) {
    static const char permutation[] = "1576283094";
    int state = 0;
    for (int i = n - 1, place = 0; i >= 0; i--, place++) {
        int v = d[i] - '0';
        for (int k = 0; k < place % 8; k++) v = permutation[v] - '0';
        state = d5_multiply(state, v);
    }
    return state == 0;
}

/* Twice the running sum modulo 11; the last may be 'X' for ten. China's resident number. */
bool check_mod_11_2(const char *d) {
    int sum = 0;
    for (int i = 0; i < 17; i++) sum = (sum + d[i] - '0') * 2 % 11;
    int last = d[17] == 'X' ? 10 : d[17] - '0';
    return (sum + last) % 11 == 1;
}

/* Hybrid system: modulo 10 and 11 in turn. Germany's tax number. */
bool check_mod_11_10(const char *d, int n) {
    int state = 10;
    for (int i = 0; i < n - 1; i++) {
        state = (state + d[i] - '0') % 10;
        state = (state ? state : 10) * 2 % 11;
    }
    return (state + d[n - 1] - '0') % 10 == 1;
}

/* Digit by digit, so that no number of 34 signs is needed; 1 is right for an IBAN whose head was
   turned to its end. */
int check_mod_97(const char *c, int n) {
    int rest = 0;
    for (int i = 0; i < n; i++) {
        int v = is_digit(c[i]) ? c[i] - '0' : to_upper(c[i]) - 'A' + 10;
        rest = (v < 10 ? rest * 10 + v : rest * 100 + v) % 97;
    }
    return rest;
}

int check_weighted(const char *d, const char *weights) {
    int sum = 0;
    for (int i = 0; weights[i]; i++) sum += (d[i] - '0') * (weights[i] - '0');
    return sum;
}

int check_number(const char *d, int n) {
    int value = 0;
    for (int i = 0; i < n; i++) value = value * 10 + d[i] - '0';
    return value;
}

/* What people type where a number is asked for. */
bool check_all_same(const char *d, int n) {
    for (int i = 1; i < n; i++) {
        if (d[i] != d[0]) return false;
    }
    return true;
}

/* By the clock (base/clock.h), UTC; 2100 where it cannot say. */
static int this_year(void) {
    time_t now = (time_t)clock_real_s();
    struct tm parts;
    return gmtime_r(&now, &parts) ? parts.tm_year + 1900 : 2100;
}

bool check_year_passed(int year) {
    enum { WRITTEN = 2026 }; /* before this was written no clock is asked */
    return year < WRITTEN || year <= this_year();
}
