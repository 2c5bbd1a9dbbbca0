/*
 * What kind of file is this? By content; the name breaks ties between text formats only.
 *
 * Binary formats carry magic numbers, most at offset 0, and calendars and contacts a first line of
 * their own. What has none is text or unknown binary,
 * which the character set detector tells apart. Among text formats, HTML and mail announce
 * themselves in their first lines; CSV is a steady number of separators a line; Markdown and source
 * code are told by the name's ending and, without one, by a few telling marks (a shebang, '#'
 * headings, fences).
 *
 * Sources: the format specifications' magic numbers, as collected in file(1)'s documentation.
 *
 * Every file passes kind_of_head first; only what it calls KIND_TEXT is decoded and passes
 * kind_of_text. A wrong guess among text formats costs structure (headings, rows), never text.
 */
#include "knowledge/read/read.h"

#include "base/plain.h"
#include "base/utf8.h"

typedef struct Magic {
    uint16_t at;
    uint8_t n;
    const char *bytes;
    const char *words;
    KindId id;
} Magic;

#define MAGIC(at, bytes, words)                                                                    \
    { (at), sizeof(bytes) - 1, (bytes), (words), KIND_OTHER }
#define ARCHIVE(at, bytes, words)                                                                  \
    { (at), sizeof(bytes) - 1, (bytes), (words), KIND_ARCHIVE }
#define PACKED(at, bytes, words)                                                                   \
    { (at), sizeof(bytes) - 1, (bytes), (words), KIND_PACKED }

/* The first row that fits counts: "ftyp" with its brand stands before "ftyp" alone. */
static const Magic MAGICS[] = {
    MAGIC(0, "\x89PNG\r\n\x1a\n", "image (png)"),
    MAGIC(0, "\xFF\xD8\xFF", "image (jpeg)"),
    MAGIC(0, "GIF87a", "image (gif)"),
    MAGIC(0, "GIF89a", "image (gif)"),
    MAGIC(0, "II*\0", "image (tiff)"),
    MAGIC(0, "MM\0*", "image (tiff)"),
    MAGIC(0, "8BPS", "image (psd)"),
    MAGIC(8, "WEBP", "image (webp)"),
    MAGIC(4, "ftypheic", "image (heic)"),
    MAGIC(4, "ftypavif", "image (avif)"),
    MAGIC(4, "ftypM4A", "audio (m4a)"),
    MAGIC(4, "ftyp", "video (mp4)"),
    MAGIC(0, "\x1A\x45\xDF\xA3", "video (matroska)"),
    MAGIC(8, "AVI ", "video (avi)"),
    MAGIC(8, "WAVE", "audio (wav)"),
    MAGIC(0, "ID3", "audio (mp3)"),
    MAGIC(0, "fLaC", "audio (flac)"),
    MAGIC(0, "OggS", "audio (ogg)"),
    ARCHIVE(0, "7z\xBC\xAF\x27\x1C", "archive (7z)"),
    MAGIC(0, "Rar!\x1A\x07", "archive (rar)"),
    PACKED(0, "\x1F\x8B\x08", "archive (gzip)"),
    PACKED(4, "1AY&SY", "archive (bzip2)"), /* "BZh9" before it is also how a text may begin */
    PACKED(0,
           "\xFD"
           "7zXZ",
           "archive (xz)"),
    PACKED(0, "\x28\xB5\x2F\xFD", "archive (zstd)"),
    ARCHIVE(257, "ustar", "archive (tar)"),
    MAGIC(0,
          "\x7F"
          "ELF",
          "program (ELF)"),
    MAGIC(0, "MZ\x90", "program (Windows)"),
    MAGIC(0, "\xCA\xFE\xBA\xBE", "program (Java class or Mach-O)"),
    MAGIC(0, "\xCF\xFA\xED\xFE", "program (Mach-O)"),
    MAGIC(0, "\0asm", "program (WebAssembly)"),
    MAGIC(0, "SQLite format 3", "database (SQLite)"),
    MAGIC(0, "GGUF", "model (gguf)"),
    MAGIC(0, "wOFF", "font (woff)"),
    MAGIC(0, "wOF2", "font (woff2)"),
    MAGIC(0, "OTTO", "font (otf)"),
    MAGIC(0, "\0\1\0\0\0", "font (ttf)"),
    MAGIC(0, "!<arch>\n", "archive (ar)"),
    MAGIC(0, "%!PS", "PostScript"),
    MAGIC(0, "ISO-10303-21;", "CAD drawing (STEP)"),
    MAGIC(0, "AC10", "CAD drawing (dwg)"),
};

/* Does something that is no text stand in front? Bytes of a container, a broken transfer. */
static bool is_junk(Str front) {
    return front.n && (memchr(front.p, 0, front.n) || !utf8_valid(front));
}

/* The first line of a calendar or of contacts, which no other text begins with. */
static bool is_calendar(Str s) {
    if (str_starts(s, STR("\xEF\xBB\xBF"))) s = str_sub(s, 3, s.n);
    s = str_trim(s);
    return str_begins(s, "begin:vcalendar") || str_begins(s, "begin:vcard");
}

/* A PDF may have up to 1 KiB of something else in front, as its readers allow; unless that looks
   like a page of HTML or a sentence that speaks of one. */
Kind kind_of_head(Str head) {
    Str start = head.n > 1024 ? str_sub(head, 0, 1024) : head;
    if (is_calendar(start)) return (Kind){KIND_CALENDAR, ""};
    size_t pdf = str_find(start, STR("%PDF-"), 0);
    Str front = pdf != SIZE_MAX ? str_sub(start, 0, pdf) : (Str){"", 0};
    bool line = !front.n || strchr("\r\n", front.p[front.n - 1]) || is_junk(front);
    if (pdf != SIZE_MAX && (pdf < 16 || (line && !memchr(start.p, '<', pdf))))
        return (Kind){KIND_PDF, ""};
    if (str_starts(head, STR("PK\3\4")) || str_starts(head, STR("PK\5\6")))
        return (Kind){KIND_ZIP, ""};
    if (str_starts(head, STR("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))) return (Kind){KIND_OLD, ""};
    if (str_starts(head, STR("{\\rtf"))) return (Kind){KIND_RTF, ""};
    for (size_t i = 0; i < ARRAY_LEN(MAGICS); i++) {
        const Magic *m = &MAGICS[i];
        if (head.n >= (size_t)m->at + m->n && memcmp(head.p + m->at, m->bytes, m->n) == 0) {
            return (Kind){m->id, m->words};
        }
    }
    return (Kind){KIND_TEXT, ""};
}

/* Asked for the name of each entry; the first that tells something is what the archive is
   called. */
Kind kind_of_zip_entry(Str entry) {
    static const struct {
        const char *prefix, *words;
    } known[] = {{"xl/", "binary spreadsheet (xlsb)"},
                 {"META-INF/MANIFEST.MF", "program (jar)"},
                 {"AndroidManifest.xml", "program (apk)"},
                 {"visio/", "drawing (vsdx)"},
                 {"Index/", "Apple iWork document"}};
    if (str_ends(entry, STR(".dist-info/WHEEL"))) return (Kind){KIND_OTHER, "program (wheel)"};
    if (str_starts(entry, STR("word/"))) return (Kind){KIND_ZIP, ""};
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (str_starts(entry, str_from(known[i].prefix))) return (Kind){KIND_OTHER, known[i].words};
    }
    return (Kind){KIND_OTHER, ""};
}

/* ---- text formats ---- */

/* The ending behind the last dot, or the whole name when there is none, lower case in out. */
static void ending_of(Str name, char *out, size_t cap) {
    size_t at = name.n;
    while (at && name.p[at - 1] != '.' && name.p[at - 1] != '/') at--;
    size_t n = name.n - at < cap - 1 ? name.n - at : cap - 1;
    for (size_t i = 0; i < n; i++) out[i] = plain_lower(name.p[at + i]);
    out[n] = 0;
}

/* Is it one of the blank-separated words? */
static bool in_words(const char *words, const char *word) {
    size_t n = strlen(word);
    for (const char *p = n ? strstr(words, word) : NULL; p; p = strstr(p + 1, word)) {
        if ((p == words || p[-1] == ' ') && (p[n] == ' ' || p[n] == 0)) return true;
    }
    return false;
}

static const char CODE_ENDINGS[] = "c h cc cpp cxx hpp hh m mm java kt kts scala go rs py pyi rb "
                                   "php pl pm lua js mjs cjs jsx ts tsx "
                                   "swift cs fs vb r jl hs ml mli erl ex exs clj el lisp scm sh "
                                   "bash zsh fish ps1 bat sql awk sed tcl "
                                   "asm s v sv vhd dart nim zig d pas f f90 cmake mk makefile "
                                   "dockerfile gradle groovy proto graphql "
                                   "css scss less vue svelte json jsonl yaml yml toml ini cfg conf "
                                   "xml xsd xsl svg tf nix meson build "
                                   "cu cl glsl";

/* One of the tags that open a page, in the first 2 KiB. Text that does not begin with a tag itself
   ends the look at its first tag of another kind. */
static bool is_html(Str s) {
    static const char *const openings[] = {"<!doctype html", "<html", "<head", "<body", "<title"};
    Str head = s.n > 2048 ? str_sub(s, 0, 2048) : s;
    for (size_t at = 0; at < head.n; at++) {
        if (head.p[at] != '<') continue;
        for (size_t i = 0; i < ARRAY_LEN(openings); i++) {
            if (str_begins(str_sub(head, at, head.n), openings[i])) return true;
        }
        if (at && !str_begins(str_sub(head, at, head.n), "<!--") && head.p[0] != '<')
            return false;
    }
    return false;
}

/* Header lines "Name: value" from the first byte on, two of which only mails have. */
static bool is_mail(Str s) {
    static const char *const names[] = {
        "from:",       "to:",       "date:",         "subject:",
        "message-id:", "received:", "mime-version:", "return-path:"};
    unsigned found = 0, lines = 0;
    size_t at = str_starts(s, STR("From ")) ? str_find(s, STR("\n"), 0) : 0;
    if (at == SIZE_MAX) return false;
    if (at) at++;
    while (at < s.n && lines++ < 200) {
        Str line = str_line(s, &at);
        if (line.n == 0 || line.p[0] == '\r') break;
        if (line.p[0] == ' ' || line.p[0] == '\t') continue;
        size_t colon = str_find(line, STR(":"), 0);
        if (colon == SIZE_MAX || colon == 0 || memchr(line.p, ' ', colon)) return false;
        for (size_t i = 0; i < ARRAY_LEN(names); i++) found |= str_begins(line, names[i]) << i;
    }
    return __builtin_popcount(found) >= 3 && (found & 0x31); /* from, message-id or received */
}

/* Two headings, or a heading and a list or fence, at line starts. */
static bool is_markdown(Str s) {
    unsigned headings = 0, marks = 0;
    size_t at = 0;
    for (unsigned lines = 0; at < s.n && lines < 400; lines++) {
        Str line = str_line(s, &at);
        size_t level = 0;
        while (level < line.n && level < 7 && line.p[level] == '#') level++;
        headings += level >= 1 && level <= 6 && level < line.n && line.p[level] == ' ';
        marks += str_starts(line, STR("- ")) || str_starts(line, STR("* ")) ||
                 str_starts(line, STR("```")) || str_starts(line, STR("|")) ||
                 str_starts(line, STR("> ")) || str_has(line, STR("]("));
    }
    return headings >= 2 || (headings && marks);
}

/* The same count (>= 1) of a separator in nearly all of the first lines, and short cells. */
static bool is_table(Str s, char separator) {
    unsigned lines = 0, same = 0, first = 0, spaced = 0, all = 0;
    size_t at = 0;
    while (at < s.n && lines < 20) {
        Str line = str_line(s, &at);
        unsigned n = 0;
        bool quoted = false;
        for (size_t i = 0; i < line.n; i++) {
            if (line.p[i] == '"') quoted = !quoted;
            bool hit = !quoted && line.p[i] == separator;
            n += hit;
            spaced += hit && i + 1 < line.n && line.p[i + 1] == ' ';
        }
        if (quoted) return false; /* a cell with a line end: leave that to the name */
        all += n;
        if (line.n > 0) {
            if (lines == 0) first = n;
            same += n == first;
            lines++;
        }
    }
    unsigned least = separator == ',' ? 2 : 1; /* prose has commas too, with blanks behind them */
    return lines >= 3 && first >= least && same == lines && (separator == '\t' || spaced * 2 < all);
}

/* From the surest to the weakest sign. A name that says source code is believed before the look of
   HTML: templates look so. */
Kind kind_of_text(Str text, Str name) {
    char ending[24];
    ending_of(name, ending, sizeof ending);
    Str s = str_trim(text.n > 65536 ? str_sub(text, 0, 65536) : text);
    if (in_words("eml mht mhtml", ending) && memchr(s.p ? s.p : "", ':', s.n))
        return (Kind){KIND_MAIL, ""};
    if (is_calendar(s)) return (Kind){KIND_CALENDAR, ""};
    if (is_mail(s)) return (Kind){KIND_MAIL, ""};
    if (in_words("md markdown mkd mdx rmd", ending)) return (Kind){KIND_MARKDOWN, ""};
    if (in_words("csv tsv tab", ending)) return (Kind){KIND_CSV, ""};
    if (in_words("ipynb", ending)) return (Kind){KIND_NOTEBOOK, ""};
    bool code = in_words(CODE_ENDINGS, ending);
    if (!code && (is_html(s) || in_words("html htm xhtml shtml", ending)))
        return (Kind){KIND_HTML, ""};
    if (code || str_starts(s, STR("#!")) || str_starts(s, STR("<?xml")))
        return (Kind){KIND_CODE, ""};
    if (is_table(s, '\t') || is_table(s, ',') || is_table(s, ';')) return (Kind){KIND_CSV, ""};
    if (is_markdown(s)) return (Kind){KIND_MARKDOWN, ""};
    return (Kind){KIND_TEXT, ""};
}
