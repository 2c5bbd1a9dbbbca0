/*
 * The table behind irregular.h: plain form, past, participle.
 *
 * A form that is another word as often as not is left out ("saw", "left", "felt", "ground", "rose",
 * "bore", "wound", "lay", "bit", "shot"): that row says the other forms only. Verbs whose forms are
 * alike ("cut", "put") or regular beside it ("burnt", "learnt": a stemmer misses them, and they
 * have rows) need no more. Verbs of grammar ("be", "have", "do", "can") count for nothing in a
 * search and are not here.
 *
 * Source: the grammar of English; the choice is ours.
 */
#include "knowledge/irregular.h"

#include <assert.h>

#include "knowledge/lex_token.h"

typedef struct Verb {
    const char *forms[IRREGULAR_FORMS]; /* plain, past, participle; NULL: none of its own */
} Verb;

static const Verb verbs[] = {
    {{"arise", "arose", "arisen"}},    {{"awake", "awoke", "awoken"}},
    {{"become", "became", NULL}},      {{"begin", "began", "begun"}},
    {{"bend", "bent", NULL}},          {{"bind", NULL, "bound"}},
    {{"bleed", "bled", NULL}},         {{"blow", "blew", "blown"}},
    {{"break", "broke", "broken"}},    {{"breed", "bred", NULL}},
    {{"bring", "brought", NULL}},      {{"build", "built", NULL}},
    {{"burn", "burnt", NULL}},         {{"buy", "bought", NULL}},
    {{"catch", "caught", NULL}},       {{"choose", "chose", "chosen"}},
    {{"come", "came", NULL}},          {{"creep", "crept", NULL}},
    {{"deal", "dealt", NULL}},         {{"dig", "dug", NULL}},
    {{"draw", "drew", "drawn"}},       {{"dream", "dreamt", NULL}},
    {{"drink", "drank", "drunk"}},     {{"drive", "drove", "driven"}},
    {{"eat", "ate", "eaten"}},         {{"fall", "fell", "fallen"}},
    {{"feed", "fed", NULL}},           {{"fight", "fought", NULL}},
    {{"find", "found", NULL}},         {{"fly", "flew", "flown"}},
    {{"forbid", "forbade", "forbidden"}}, {{"forget", "forgot", "forgotten"}},
    {{"forgive", "forgave", "forgiven"}}, {{"freeze", "froze", "frozen"}},
    {{"get", "got", "gotten"}},        {{"give", "gave", "given"}},
    {{"go", "went", "gone"}},          {{"grow", "grew", "grown"}},
    {{"hang", "hung", NULL}},          {{"hear", "heard", NULL}},
    {{"hide", "hid", "hidden"}},       {{"hold", "held", NULL}},
    {{"keep", "kept", NULL}},          {{"know", "knew", "known"}},
    {{"lead", "led", NULL}},           {{"learn", "learnt", NULL}},
    {{"lose", "lost", NULL}},          {{"make", "made", NULL}},
    {{"mean", "meant", NULL}},         {{"meet", "met", NULL}},
    {{"mislead", "misled", NULL}},     {{"mow", NULL, "mown"}},
    {{"overcome", "overcame", NULL}},  {{"pay", "paid", NULL}},
    {{"ride", "rode", "ridden"}},      {{"ring", "rang", "rung"}},
    {{"rise", NULL, "risen"}},         {{"run", "ran", NULL}},
    {{"say", "said", NULL}},           {{"see", NULL, "seen"}},
    {{"seek", "sought", NULL}},        {{"sell", "sold", NULL}},
    {{"send", "sent", NULL}},          {{"shake", "shook", "shaken"}},
    {{"shine", "shone", NULL}},        {{"shrink", "shrank", "shrunk"}},
    {{"sing", "sang", "sung"}},        {{"sink", "sank", "sunk"}},
    {{"sit", "sat", NULL}},            {{"sleep", "slept", NULL}},
    {{"slide", "slid", NULL}},         {{"speak", "spoke", "spoken"}},
    {{"spell", "spelt", NULL}},        {{"spend", "spent", NULL}},
    {{"spin", "spun", NULL}},          {{"stand", "stood", NULL}},
    {{"steal", "stole", "stolen"}},    {{"stick", "stuck", NULL}},
    {{"strike", "struck", NULL}},      {{"swear", "swore", "sworn"}},
    {{"sweep", "swept", NULL}},        {{"swim", "swam", "swum"}},
    {{"swing", "swung", NULL}},        {{"take", "took", "taken"}},
    {{"teach", "taught", NULL}},       {{"tear", "tore", "torn"}},
    {{"tell", "told", NULL}},          {{"think", "thought", NULL}},
    {{"throw", "threw", "thrown"}},    {{"undergo", "underwent", "undergone"}},
    {{"understand", "understood", NULL}}, {{"undertake", "undertook", "undertaken"}},
    {{"wake", "woke", "woken"}},       {{"wear", "wore", "worn"}},
    {{"weave", "wove", "woven"}},      {{"weep", "wept", NULL}},
    {{"win", "won", NULL}},            {{"withdraw", "withdrew", "withdrawn"}},
    {{"write", "wrote", "written"}},
};

Str irregular_plain(Str word) {
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        for (size_t k = 1; k < IRREGULAR_FORMS; k++) {
            const char *form = verbs[i].forms[k];
            bool may = form && word.n && form[0] == word.p[0]; /* told at once of most */
            if (may && str_eq_c(word, form)) return str_from(verbs[i].forms[0]);
        }
    }
    return word;
}

/* A form as the index has it. */
static Str stemmed(const char *form, char out[IRREGULAR_BYTES]) {
    size_t n = strlen(form);
    assert(n < IRREGULAR_BYTES); /* all of the table are shorter */
    memcpy(out, form, n + 1);
    n = lex_stem(out, n);
    out[n] = 0;
    return (Str){out, n};
}

/* Stems all forms of a verb and leaves out the one that was asked for. A form that stems to the
   same as another comes twice, which costs a look. */
size_t irregular_others(Str stem, char out[IRREGULAR_FORMS][IRREGULAR_BYTES]) {
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        bool here = false;
        size_t n = 0;
        for (size_t k = 0; k < IRREGULAR_FORMS; k++) {
            const char *form = verbs[i].forms[k];
            if (!form) continue;
            bool same = str_eq(stemmed(form, out[n]), stem);
            here |= same;
            n += !same;
        }
        if (here) return n;
    }
    return 0;
}
