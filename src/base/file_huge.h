/*
 * Huge pages under mappings of large files that are read again and again, front to back.
 */
#ifndef HEARTH_BASE_FILE_HUGE_H
#define HEARTH_BASE_FILE_HUGE_H

#include "base/file.h"

/* Asks for huge pages: for files of many MiB that are read front to back. Only a hint. */
void file_map_huge(const FileMap *map);

/* A walk over a mapping that puts its pages in order; starts as zeros. */
typedef struct FileSettle {
    size_t at;     /* the next 2 MiB */
    size_t before; /* were in order already */
    size_t moved;  /* put in order */
    int refused;   /* in a row, that the system left as they were */
} FileSettle;

/* One step, 2 MiB of the mapping: some microseconds where nothing is to be done, else as long as
   the disk takes to read them. Others may read the mapping meanwhile. It reads the file, so the
   mapping is under a fault guard. false: nothing is left to do, or it is of no use here. */
bool file_settle_step(const FileMap *map, FileSettle *walk);

#endif
