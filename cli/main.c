/* The program's entry. Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
int main(void) { return 0; }
