/* The terms of the glossary (glossary_terms.c), in the order of the alphabet.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SCREENS_GLOSSARY_TERMS_H
#define VMM_SCREENS_GLOSSARY_TERMS_H

struct glossary_term {
    const char *term; /* N_() where it is no name of Windows */
    const char *text; /* N_(): two or three plain sentences */
};
extern const struct glossary_term vmm_glossary[]; /* ends with NULL */
#endif
