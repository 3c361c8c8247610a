/* The plan in the forms that Windows admins use elsewhere: the lines for the Serial Console shown, and any of them saved to a file. Part of step Preview.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/forms.h"

#include <unistd.h>

static const struct {
    const char *text, *hint, *end; /* N_(), N_(), of the file's name */
} forms[VMM_AS_COUNT] = {
    [VMM_AS_REG] = {N_("A .reg file"), N_("Registry changes only. For a Windows machine, or for vmmedic on another disk."), "reg"},
    [VMM_AS_SCRIPT] = {N_("A batch script"), N_("For a Windows machine that the disk is attached to: copies, changes, checks."), "cmd"},
    [VMM_AS_SERIAL] = {N_("Lines for the Serial Console"), N_("To type while the VM runs, each with how to check it."), "txt"},
};

bool vmm_forms_asking(const struct wizard *w) { return w->form_asks != FORM_NONE; }

static void request(struct wizard *w, enum vmm_plan_form form) {
    json_t *r = vmm_plan_request(w);
    json_object_set_new(r, "as", json_string(vmm_plan_form_word(form)));
    w->form = form;
    vmm_post(w, JOB_FORM, r);
}

void vmm_forms_enter(struct wizard *w) { w->form_asks = FORM_NONE; }

/* ---- what is asked ---- */
size_t vmm_forms_count(const struct wizard *w) { return w->form_asks == FORM_KIND ? VMM_AS_COUNT : w->form_asks == FORM_OVER ? 2 : 0; }

void vmm_forms_item(const struct wizard *w, size_t i, struct wizard_item *out) {
    static const char *const over[] = {N_("Keep it: name another file"), N_("Write over it")};
    out->text = vmm_strdup(w->form_asks == FORM_KIND ? _(forms[i].text) : _(over[i]));
    out->hint = vmm_strdup(w->form_asks == FORM_KIND ? _(forms[i].hint) : i ? _("What is in it now is lost.") : _("Nothing is written."));
    out->marked = w->form_row == i;
}

void vmm_forms_mark(struct wizard *w, size_t i, bool on) {
    if (on) w->form_row = i;
}

void vmm_forms_body(const struct wizard *w, struct wizard_text *t) {
    const json_t *left = json_object_get(w->job[JOB_FORM].result, "left_out");
    if (w->form_asks == FORM_KIND) vmm_text_add(t, MEAN_TEXT, 0, "%s", _("The same changes as a file on this machine, for use elsewhere. The disk is not touched by it."));
    if (w->form_asks == FORM_OVER) vmm_text_add(t, MEAN_WARNING, 0, _("%s is there already."), w->form_path);
    if (w->form_asks != FORM_PATH || json_array_size(left) == 0) return;
    vmm_text_add(t, MEAN_WARNING, 0, "%s", _("This form cannot hold everything. Left out:"));
    for (size_t i = 0; i < json_array_size(left); i++) vmm_text_add(t, MEAN_WARNING, 2, "%s", json_string_value(json_array_get(left, i)));
}

void vmm_forms_prompt(const struct wizard *w, struct wizard_prompt *p) {
    if (w->form_asks == FORM_PATH) {
        vmm_ask(p, PROMPT_LINE, _("The path of the file to make:"), _("goes back"));
        p->typed = w->form_path;
        return;
    }
    char *takes = vmm_printf(_("takes %zu"), w->form_row + 1);
    vmm_ask(p, PROMPT_ONE, w->form_asks == FORM_KIND ? _("Save as what?") : _("Write over it?"), takes);
    free(takes);
}

/* ---- answers ---- */
static enum move save(struct wizard *w, bool over) {
    struct vmm_error err = {0};
    const char *text = vmm_s(w->job[JOB_FORM].result, "as_text");
    char *real = realpath(w->form_path, NULL);
    if (real && strcmp(real, vmm_disk_path(w)) == 0) {
        vmm_say(w, MEAN_WARNING, "%s", _("That is the disk itself. Name another file."));
        w->form_asks = FORM_PATH;
    } else if (vmm_plan_save(w->form, text, w->form_path, over, &err) == 0) {
        vmm_say(w, MEAN_OK, _("Written: %s"), w->form_path);
        w->form_asks = FORM_NONE;
    } else if (err.code == VMM_E_CONFLICT && !over) {
        w->form_asks = FORM_OVER;
        w->form_row = 0;
    } else {
        vmm_text_error(&w->said, &err);
        w->form_asks = FORM_PATH;
    }
    free(real);
    return MOVE_STAY;
}

enum move vmm_forms_accept(struct wizard *w, const char *text) {
    if (w->form_asks == FORM_KIND) {
        request(w, (enum vmm_plan_form)w->form_row);
        return MOVE_STAY;
    }
    if (w->form_asks == FORM_OVER) {
        if (w->form_row == 1) return save(w, true);
        w->form_asks = FORM_PATH;
        return MOVE_STAY;
    }
    if (text[strspn(text, " ")] == 0) {
        w->form_asks = FORM_NONE;
        return MOVE_STAY;
    }
    vmm_set(&w->form_path, text);
    return save(w, false);
}

enum move vmm_forms_back(struct wizard *w) {
    w->form_asks = w->form_asks == FORM_OVER ? FORM_PATH : FORM_NONE;
    return MOVE_STAY;
}

/* TEXT begins as this format does. */
static bool begins(const char *text, const char *format) { return strncmp(text, format, strcspn(format, "%")) == 0; }

/* The lines as core wrote them for a wide page: what is typed stands at the margin, whole; what explains it is filled anew for this one. */
static void show_lines(struct wizard_text *t, const char *text) {
    struct vmm_buf note = {0};
    const char *start = strstr(text, "\n\n"); /* what stands above is said in fewer words */
    for (const char *p = start ? start + 2 : text;;) {
        size_t n = strcspn(p, "\n"), in = strspn(p, " ");
        bool explains = *p && in > 0 && in < n, check = explains && (begins(p + in, _("check:")) || begins(p + in, _("shows: %s")));
        if (note.len && (!explains || check || begins((const char *)note.data, _("check:")))) {
            vmm_text_add(t, MEAN_DIM, 6, "%s", (const char *)note.data);
            vmm_buf_free(&note);
        }
        if (*p == 0) break;
        if (explains) vmm_buf_fmt(&note, "%s%.*s", note.len ? " " : "", (int)(n - in), p + in);
        else vmm_text_add(t, MEAN_VERBATIM, 0, "%.*s", (int)n, p);
        p += n + (p[n] == '\n');
    }
    vmm_buf_free(&note);
}

static void show(struct wizard *w) {
    const json_t *r = w->job[JOB_FORM].result, *left = json_object_get(r, "left_out");
    vmm_say(w, MEAN_HEADING, "%s", _("The same in the Serial Console of the running VM"));
    vmm_say(w, MEAN_TEXT, "%s", _("Type these lines at the prompt SAC> and after it, in this order, as an administrator of the machine. A long line goes on further in; it is "
                                  "typed as one. What stands to the right explains the line above it, or checks it."));
    show_lines(&w->said, vmm_s(r, "as_text"));
    for (size_t i = 0; i < json_array_size(left); i++) vmm_say(w, MEAN_WARNING, _("Left out: %s"), json_string_value(json_array_get(left, i)));
}

/* The worker has planned again for this: what is applied is still what is shown, or it is shown anew. */
void vmm_forms_ended(struct wizard *w) {
    const struct job *j = &w->job[JOB_FORM];
    if (j->failed) vmm_text_error(&w->said, &j->err);
    if (j->failed || !json_equal(json_object_get(j->result, "changes"), json_object_get(w->job[JOB_PLAN].result, "changes"))) {
        w->form_asks = FORM_NONE;
        vmm_post(w, JOB_PLAN, vmm_plan_request(w));
        return;
    }
    if (w->form_asks == FORM_NONE) {
        show(w);
        return;
    }
    char *here = getcwd(NULL, 0), *path = vmm_printf("%s/%s.%s", here ? here : ".", vmm_disk_name(w), forms[w->form].end);
    vmm_set(&w->form_path, path);
    w->form_asks = FORM_PATH;
    free(path);
    free(here);
}

void vmm_forms_serial(struct wizard *w, size_t row) {
    (void)row;
    request(w, VMM_AS_SERIAL);
}

void vmm_forms_file(struct wizard *w, size_t row) {
    (void)row;
    w->form_asks = FORM_KIND;
    w->form_row = VMM_AS_REG;
}
