/*
 * Short forms and products that the tagger takes for people: "CXR", "EBITDA", "RFC 9110", "MySQL".
 *
 * Masked they cost an answer its subject: a question about Kubernetes came back as one about a
 * person. Left out is a person's find
 *
 *   - of capitals alone, three to five, or without a vowel, or with a number behind a blank, of
 *     which no part is on the lists of people, where the text around has small letters (a form in
 *     capitals throughout says nothing by them) and no Han sign (nicknames are written so there);
 *   - that is a product, a format or a short form of the list, in its own spelling; of these a
 *     place's find, too;
 *   - that ends in a number's short form ("Polish PESEL").
 *
 * What the tagger is sure of stays, unless it has no vowel: nobody is called "CXR". Words that
 * people are called, too (Ruby, Julia), are in no list. Two letters stay: "TJ" is somebody. So does
 * what a digit and a blank precede: it may be the end of a car's plate.
 */
#include <assert.h>

#include "base/lists.h"
#include "gate/scan/impl.h"

enum { LETTERS_LEAST = 3, LETTERS_MOST = 5, DIGITS_MOST = 5, NEAR = 60 };

static const float SURE = 0.9F;

static const char *const things[] = {
    "Kubernetes", "MySQL", "PostgreSQL", "Postgres", "SQLite", "MongoDB", "Redis", "Kafka",
    "Docker", "Terraform", "Ansible", "Linux", "Ubuntu", "Debian", "Fedora", "Python", "Java",
    "JavaScript", "TypeScript", "GitHub", "GitLab", "Windows", "Android", "Chrome", "Firefox",
    "Excel", "Outlook", "PowerPoint", "Bluetooth", "Kotlin", "Django", "Flask", "Nginx", "Apache",
    "Jenkins CI", "Grafana", "Prometheus", "Elasticsearch", "GraphQL", "OAuth", "YouTube",
    "WhatsApp", "iPhone", "iPad", "PayPal", "LaTeX", "NumPy", "PyTorch", "TensorFlow", "Wi-Fi",
    "WiFi", "PhD", "MSc", "BSc", "EBITDA", "NASDAQ", "Mon", "Tue", "Wed", "Thu", "Fri", "Mon-Fri",
    "DKIM-Signature", "Message-ID", "VCARD", "VEVENT", "ATTENDEE", "DTSTART", "DTEND", "T-shirt",
    "USt-IdNr", "E-Mail", "BIC", "IBAN", NULL};

/* Numbers that people have, in capitals, in which no surname is one of them. */
static const char *const numbers[] = {"PESEL", "IBAN", "BSN", "CPF", "CURP", "SSN", "NIF", "DNI",
                                      "NHS", "VAT", "MRN", NULL};

static bool is_big(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_vowel(char c) {
    return c == 'A' || c == 'E' || c == 'I' || c == 'O' || c == 'U' || c == 'Y';
}

/* Capitals of one word, and perhaps digits behind a blank: how many capitals; 0: anything else. */
static size_t capitals_of(Str words, bool *vowel, bool *number) {
    size_t n = 0;
    *vowel = *number = false;
    while (n < words.n && is_big(words.p[n])) *vowel = is_vowel(words.p[n++]) || *vowel;
    if (n == words.n) return n;
    if (words.p[n] != ' ') return 0;
    for (size_t i = n + 1; i < words.n; i++) {
        if (!is_digit(words.p[i])) return 0;
    }
    *number = n + 1 < words.n && words.n - n - 1 <= DIGITS_MOST;
    return *number ? n : 0;
}

/* "Polish PESEL", "the PESEL": the last word is a number's. */
static bool ends_in_number(Str words) {
    size_t from = words.n;
    while (from > 0 && is_big(words.p[from - 1])) from--;
    bool whole = from == 0 || words.p[from - 1] == ' ';
    return whole && list_has(str_sub(words, from, words.n), numbers);
}

/* Small letters around, and no Han sign. */
static bool is_mixed_text(const Fold *v, const NameSpan *name) {
    uint32_t from = name->at > NEAR ? name->at - NEAR : 0;
    uint32_t to = v->n - name->end > NEAR ? name->end + NEAR : v->n;
    int small = 0;
    for (uint32_t x = from; x < to; x++) {
        if ((unsigned char)v->p[x] >= 0xE3) return false;
        small += v->p[x] >= 'a' && v->p[x] <= 'z';
    }
    return small > (int)(to - from) / 3;
}

bool jargon_is(const Fold *v, const NameSpan *name) {
    assert(name->at < name->end && name->end <= v->n);
    Str words = {v->p + name->at, name->end - name->at};
    bool vowel, number;
    bool person = name->type == SCAN_PERSON;
    if (!person && name->type != SCAN_PLACE) return false;
    if ((name->score < SURE || !person) && list_has(words, things)) return true;
    bool plate = name->at > 1 && is_digit(v->p[name->at - 2]); /* "KX70 ZRG" */
    if (!person || plate) return false;
    if (ends_in_number(words)) return true;
    size_t n = name->known ? 0 : capitals_of(words, &vowel, &number);
    if (n < 2 || (n < LETTERS_LEAST && !number)) return false;
    bool strange = !vowel && n >= LETTERS_LEAST;
    bool shortened = (n <= LETTERS_MOST || number) && name->score < SURE;
    return (strange || shortened) && is_mixed_text(v, name);
}
