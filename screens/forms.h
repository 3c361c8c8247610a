/* The plan in other forms: what step Preview hands on to forms.c.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VMM_SCREENS_FORMS_H
#define VMM_SCREENS_FORMS_H
#include "screens/model.h"

bool vmm_forms_asking(const struct wizard *w); /* then all of the step is the forms' */
void vmm_forms_enter(struct wizard *w);
size_t vmm_forms_count(const struct wizard *w);
void vmm_forms_item(const struct wizard *w, size_t i, struct wizard_item *out);
void vmm_forms_mark(struct wizard *w, size_t i, bool on);
void vmm_forms_body(const struct wizard *w, struct wizard_text *t);
void vmm_forms_prompt(const struct wizard *w, struct wizard_prompt *p);
enum move vmm_forms_accept(struct wizard *w, const char *text);
enum move vmm_forms_back(struct wizard *w);
void vmm_forms_ended(struct wizard *w);        /* JOB_FORM */
void vmm_forms_serial(struct wizard *w, size_t row); /* the actions */
void vmm_forms_file(struct wizard *w, size_t row);
/* What the plan is asked for with (preview.c). */
json_t *vmm_plan_request(const struct wizard *w);
#endif
