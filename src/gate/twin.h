/*
 * Cyrillic and Greek letters that look like Latin ones, in one table for whoever reads through such
 * a disguise.
 */
#ifndef HEARTH_GATE_TWIN_H
#define HEARTH_GATE_TWIN_H

#include <stdbool.h>
#include <stdint.h>

/* The small Latin letter that a small letter looks like; 0: none. `prose`: only of those that are
   mistaken for it in running text, too; else also of those that stand for it when somebody writes a
   name with what the keyboard has. */
char gate_twin(uint32_t code, bool prose);

#endif
