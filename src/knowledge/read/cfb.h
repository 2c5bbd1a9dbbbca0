/*
 * Compound files: the small file system inside old Office documents and Outlook messages.
 *
 * cfb_open() checks the tables and lists the entries; streams are read by their entry's number.
 */
#ifndef HEARTH_KNOWLEDGE_READ_CFB_H
#define HEARTH_KNOWLEDGE_READ_CFB_H

#include "knowledge/doc.h"

enum { CFB_NAME_BYTES = 96, CFB_ROOT = 0 };
#define CFB_NONE UINT32_MAX

typedef struct CfbEntry {
    char name[CFB_NAME_BYTES]; /* UTF-8 */
    uint32_t parent;           /* CFB_NONE: in no folder */
    uint32_t first;            /* sector */
    uint64_t size_bytes;
    bool is_stream, is_storage;
} CfbEntry;

typedef struct Cfb {
    Str bytes; /* the file, borrowed */
    unsigned shift; /* a sector is 1 << shift bytes */
    uint32_t *fat, *mini_fat; /* the next sector of each */
    size_t n_fat, cap_fat, n_mini_fat, cap_mini_fat;
    uint64_t cutoff_bytes; /* shorter streams lie in the mini stream */
    Buf mini; /* the root's stream, in sectors of 64 bytes */
    CfbEntry *entries;
    size_t n_entries, cap_entries;
} Cfb;

/* E_CORRUPT: no compound file, or a damaged one. cfb_close() it, whatever this returns. The bytes
   stay the caller's. */
Status cfb_open(Str bytes, Cfb *out, Err *err) WARN_UNUSED;
/* A zeroed or closed one is fine. */
void cfb_close(Cfb *cfb);
/* The entry of this name in a storage, ASCII case aside; CFB_NONE when there is none. */
uint32_t cfb_find(const Cfb *cfb, uint32_t storage, const char *name);
/* Appends a stream's bytes; as many as its chain of sectors has. Nothing for CFB_NONE. */
Status cfb_stream(const Cfb *cfb, uint32_t entry, Buf *out, Err *err) WARN_UNUSED;
/* Title, author and date from the stream of summary information ([MS-OLEPS]). A damaged one costs
   the title, not the text. */
void cfb_summary(const Cfb *cfb, Doc *doc);

/* Little-endian numbers of such files; 0 where the bytes are not there. */
uint32_t cfb_u32(Str s, uint64_t at);
/* As cfb_u32. */
unsigned cfb_u16(Str s, uint64_t at);
/* What of a Windows time (100 ns since 1601) is the day, as YYYY-MM-DD; false: none. */
bool cfb_day(uint64_t filetime, char out[11]);

#endif
