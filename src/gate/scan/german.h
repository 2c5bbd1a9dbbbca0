/* german_data.c's nouns, for german.c alone: as they are written there, NULL at the end. */
#ifndef HEARTH_GATE_SCAN_GERMAN_H
#define HEARTH_GATE_SCAN_GERMAN_H

extern const char *const german_nouns[];

#endif
