/* Which names and passwords can be set from a script at the start of Windows: what Windows itself asks, and what cmd.exe and net.exe can be told on one line.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fixes/room.h"

enum { NAME_LONGEST = 20, SHORTEST = 8, LONGEST = 120, KINDS = 3 };

char *vmm_account_fault(const char *name) {
    static const char *const taken[] = {"guest", "defaultaccount", "wdagutilityaccount", "krbtgt", "system", "local service", "network service", "everyone", "nul", "con"};
    static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._- ";
    size_t n = strlen(name);
    if (n == 0) return vmm_strdup(_("The name of the account is missing."));
    if (n > NAME_LONGEST) return vmm_printf(_("The name of a local account has at most %d characters."), NAME_LONGEST);
    if (strspn(name, good) != n) return vmm_strdup(_("The name of the account may have the letters a to z, digits, dots, dashes, underscores and blanks only."));
    if (strchr(" .-", name[0]) || strchr(" .", name[n - 1])) return vmm_strdup(_("The name of the account may not begin with a blank, a dot or a dash, nor end with a blank or a dot."));
    for (size_t i = 0; i < VMM_COUNT(taken); i++)
        if (strcasecmp(taken[i], name) == 0) return vmm_strdup(_("Windows has an account or a device of that name which nobody may log on with."));
    return NULL;
}

static int kinds_in(const char *s) {
    bool upper = false, lower = false, digit = false, other = false;
    for (; *s; s++) {
        if (*s >= 'A' && *s <= 'Z') upper = true;
        else if (*s >= 'a' && *s <= 'z') lower = true;
        else if (*s >= '0' && *s <= '9') digit = true;
        else other = true;
    }
    return upper + lower + digit + other;
}

/* What a line of a script cannot say. The quotes around the password end at the next one, and a backslash before it hides it. */
static const char *cannot_say(const char *s) {
    for (const char *p = s; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c > 0x7e) return _("The password may have characters of plain English keyboards only (ASCII): another character could arrive in Windows as something else.");
        if (c < 0x20) return _("The password may not have control characters.");
    }
    size_t n = strlen(s);
    if (strchr(s, '"')) return _("The password may not have double quotes: the script that sets it cannot say them.");
    if (n && (s[0] == ' ' || s[n - 1] == ' ')) return _("The password may not begin or end with a blank.");
    if (s[0] == '/') return _("The password may not begin with a slash: the command that sets it would take it for an option.");
    if (n && s[n - 1] == '\\') return _("The password may not end with a backslash: the command that sets it would misread it.");
    return NULL;
}

char *vmm_password_rules(void) {
    return vmm_printf(_("It needs %d to %d characters of a plain English keyboard, and %d of these four: upper-case letters, lower-case letters, digits, other characters. The name of "
                        "the account, double quotes, a blank or a slash in front, and a blank or a backslash at the end are not possible."), SHORTEST, LONGEST, KINDS);
}

char *vmm_password_fault(const char *user, const char *password) {
    size_t n = strlen(password);
    char *fault = user ? vmm_account_fault(user) : NULL;
    if (fault) return fault;
    const char *bad = cannot_say(password);
    if (bad) return vmm_strdup(bad);
    if (n < SHORTEST) return vmm_printf(_("The password needs at least %d characters."), SHORTEST);
    if (n > LONGEST) return vmm_printf(_("The password may have at most %d characters."), LONGEST);
    if (kinds_in(password) < KINDS)
        return vmm_strdup(_("The password needs three of these four: upper-case letters, lower-case letters, digits, other characters. Windows refuses simpler ones."));
    if (user && strlen(user) > 2 && strcasestr(password, user)) return vmm_strdup(_("The password may not contain the name of the account. Windows refuses that."));
    return NULL;
}
