/* The hives of practice disks are sound, and say about themselves what a real server's say.
 * Copyright (C) 2026 the vmmedic authors. SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "vmmedic/bcd.h"
#include "vmmedic/practice.h"

#define STRICT "../shared/tools/hive_strict.py"
#define SET "ControlSet001\\"

/* ---- helpers ---- */

static struct vmm_practice_ids ids_of(int gen) {
    struct vmm_practice_ids ids = {.gen = gen, .boot_offset = 1 << 20, .windows_offset = 65 << 20};
    if (gen == 1) {
        ids.mbr_signature = 0x28cd42d6;
        return ids;
    }
    memset(ids.disk_guid, 0xd1, 16);
    memset(ids.boot_part_guid, 0xb1, 16);
    memset(ids.windows_part_guid, 0x31, 16);
    return ids;
}

/* The disk those identities speak of: partition 1 boots, partition 2 holds Windows. */
struct drawn {
    struct vmm_disk disk;
    struct vmm_part parts[2];
};

static void draw(struct drawn *d, const struct vmm_practice_ids *ids) {
    *d = (struct drawn){.disk = {.engine = "none", .sector_size = 512, .parts = d->parts, .part_count = 2}};
    d->disk.scheme = ids->gen == 1 ? VMM_SCHEME_MBR : VMM_SCHEME_GPT;
    d->disk.mbr_signature = ids->mbr_signature;
    memcpy(d->disk.gpt_guid, ids->disk_guid, 16);
    for (int i = 0; i < 2; i++) {
        d->parts[i].number = i + 1;
        d->parts[i].offset = i ? ids->windows_offset : ids->boot_offset;
        memcpy(d->parts[i].guid, i ? ids->windows_part_guid : ids->boot_part_guid, 16);
    }
}

static struct vmm_hive *opened(uint8_t *data, size_t len) {
    struct vmm_error err = {0};
    assert_non_null(data);
    struct vmm_hive *h = vmm_hive_open(data, len, NULL, &err);
    free(data);
    assert_string_equal(err.message, "");
    assert_non_null(h);
    assert_null(vmm_hive_dirty(h));
    return h;
}

static struct vmm_hive *bcd_of(const char *scenario, int gen) {
    struct vmm_practice_ids ids = ids_of(gen);
    size_t len;
    uint8_t *data = vmm_practice_bcd(vmm_scenario_by_name(scenario), &ids, &len);
    return opened(data, len);
}

static struct vmm_hive *system_of(const char *scenario, int gen) {
    struct vmm_practice_ids ids = ids_of(gen);
    size_t len;
    uint8_t *data = vmm_practice_system(vmm_scenario_by_name(scenario), &ids, &len);
    return opened(data, len);
}

static struct vmm_bcd *store_of(const struct vmm_hive *h) {
    struct vmm_error err = {0};
    struct vmm_bcd *b = vmm_bcd_open(h, &err);
    assert_non_null(b);
    assert_null(b->warning);
    return b;
}

static const struct vmm_bcd_object *object(const struct vmm_bcd *b, const char *id) {
    const struct vmm_bcd_object *o = vmm_bcd_resolve(b, id, NULL);
    assert_non_null(o);
    return o;
}

static bool strictly_sound(const char *what, uint8_t *data, size_t len) {
    char path[] = "/tmp/practice-test_hives-XXXXXX", line[500] = "";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), len);
    close(fd);
    free(data);
    char *command = vmm_printf("python3 -B %s %s 2>&1", STRICT, path);
    FILE *judge = popen(command, "r");
    if (!fgets(line, sizeof line, judge)) line[0] = 0;
    pclose(judge);
    unlink(path);
    free(command);
    bool sound = !strncmp(line, "OK ", 3) && !strstr(line, "WARN");
    if (!sound) print_message("%s: %s\n", what, line);
    return sound;
}

static void check(const struct vmm_hive *h) {
    struct vmm_error err = {0};
    size_t leaked = 1;
    assert_int_equal(vmm_hive_check(h, &leaked, &err), 0);
    assert_int_equal(leaked, 0);
}

static uint32_t dword(const struct vmm_hive *h, const char *path, const char *name) {
    uint32_t v = 0;
    if (vmm_hive_dword(h, path, name, &v) != VMM_SET) fail_msg("%s!%s is not set", path, name);
    return v;
}

static void text_is(const struct vmm_hive *h, const char *path, const char *name, const char *expected) {
    char *text = NULL;
    assert_int_equal(vmm_hive_string(h, path, name, &text), VMM_SET);
    assert_string_equal(text, expected);
    free(text);
}

/* ---- promises ---- */

static void every_scenario_is_found_by_its_name_and_has_a_title(void **state) {
    (void)state;
    static const char *const promised[] = {"healthy", "safe-mode-minimal", "safe-mode-network", "safe-mode-shell"};
    for (size_t i = 0; i < VMM_COUNT(promised); i++) assert_non_null(vmm_scenario_by_name(promised[i]));
    size_t count = 0;
    for (const struct vmm_scenario *s; (s = vmm_scenario_at(count)); count++) {
        assert_ptr_equal(vmm_scenario_by_name(s->name), s);
        assert_true(strlen(s->title) > 10);
    }
    assert_true(count >= VMM_COUNT(promised));
    assert_null(vmm_scenario_by_name("no-such"));
}

static void every_hive_of_every_scenario_passes_our_check(void **state) {
    (void)state;
    for (int gen = 1; gen <= 2; gen++)
        for (size_t i = 0; vmm_scenario_at(i); i++) {
            struct vmm_hive *bcd = bcd_of(vmm_scenario_at(i)->name, gen), *system = system_of(vmm_scenario_at(i)->name, gen);
            check(bcd);
            check(system);
            vmm_hive_close(bcd);
            vmm_hive_close(system);
        }
    size_t len;
    uint8_t *data = vmm_practice_software(vmm_scenario_at(0), &len);
    struct vmm_hive *software = opened(data, len);
    check(software);
    vmm_hive_close(software);
}

static void the_independent_judge_agrees(void **state) {
    (void)state;
    if (access(STRICT, R_OK) || system("python3 -c 0 2>/dev/null")) {
        print_message("skipped: %s or python3 is not here\n", STRICT);
        skip();
    }
    for (int gen = 1; gen <= 2; gen++) {
        struct vmm_practice_ids ids = ids_of(gen);
        const struct vmm_scenario *s = vmm_scenario_by_name("safe-mode-shell");
        size_t len;
        uint8_t *data = vmm_practice_bcd(s, &ids, &len);
        assert_true(strictly_sound("BCD", data, len));
        data = vmm_practice_system(s, &ids, &len);
        assert_true(strictly_sound("SYSTEM", data, len));
        data = vmm_practice_software(s, &len);
        assert_true(strictly_sound("SOFTWARE", data, len));
    }
}

static void the_default_loader_is_in_the_mode_of_its_scenario(void **state) {
    (void)state;
    for (int gen = 1; gen <= 2; gen++)
        for (size_t i = 0; vmm_scenario_at(i); i++) {
            const struct vmm_scenario *s = vmm_scenario_at(i);
            struct vmm_hive *h = bcd_of(s->name, gen);
            struct vmm_bcd *b = store_of(h);
            const struct vmm_bcd_element *mode = vmm_bcd_own(object(b, "{default}"), VMM_BCD_SAFEBOOT);
            const struct vmm_bcd_element *shell = vmm_bcd_own(object(b, "{default}"), VMM_BCD_SAFEBOOT_ALTSHELL);
            uint64_t v = 99;
            if (s->safeboot < 0) assert_null(mode);
            else assert_int_equal(vmm_bcd_integer(mode, &v), VMM_SET);
            if (mode) assert_int_equal(v, s->safeboot);
            assert_int_equal(shell != NULL, s->alternate_shell);
            vmm_bcd_close(b);
            vmm_hive_close(h);
        }
}

static void a_store_in_safe_mode_differs_from_a_healthy_one_in_nothing_else(void **state) {
    (void)state;
    struct vmm_hive *healthy = bcd_of("healthy", 2), *stuck = bcd_of("safe-mode-minimal", 2);
    struct vmm_error err = {0};
    char *diff = vmm_hive_diff(healthy, stuck, &err);
    assert_non_null(diff);
    assert_true(*diff);
    for (char *line = diff, *next; *line; line = next) {
        next = line + strcspn(line, "\n");
        next += *next == '\n';
        if (strstr(line, "25000080") >= next || !strstr(line, "25000080")) fail_msg("also differs: %.*s", (int)(next - line), line);
    }
    free(diff);
    vmm_hive_close(healthy);
    vmm_hive_close(stuck);
}

static void no_element_is_malformed_and_every_reference_leads_somewhere(void **state) {
    (void)state;
    for (int gen = 1; gen <= 2; gen++) {
        struct vmm_hive *h = bcd_of("safe-mode-shell", gen);
        struct vmm_bcd *b = store_of(h);
        size_t references = 0;
        for (size_t i = 0; i < b->count; i++)
            for (size_t k = 0; k < b->objects[i].count; k++) {
                const struct vmm_bcd_element *e = &b->objects[i].elements[k];
                assert_false(e->bad);
                size_t count = 0;
                char **list = (e->id >> 24 & 15) == VMM_BCD_OBJECT_LIST ? vmm_bcd_list(e, &count) : NULL;
                char *one = (e->id >> 24 & 15) == VMM_BCD_OBJECT ? vmm_bcd_string(e) : NULL;
                for (size_t n = 0; n < count; n++) {
                    assert_non_null(vmm_bcd_object(b, list[n]));
                    free(list[n]);
                    references++;
                }
                if (one) assert_non_null(vmm_bcd_object(b, one));
                references += one != NULL;
                free(list);
                free(one);
            }
        assert_true(references > 15);
        vmm_bcd_close(b);
        vmm_hive_close(h);
    }
}

static void device_is(const struct vmm_bcd *b, const char *id, uint32_t element, const struct vmm_disk *disk, enum vmm_device_kind kind, int part) {
    const struct vmm_bcd_element *e = vmm_bcd_own(object(b, id), element);
    struct vmm_bcd_device d;
    assert_non_null(e);
    vmm_bcd_device(e, disk, &d);
    assert_int_equal(d.kind, kind);
    assert_int_equal(d.part, part);
    if (kind == VMM_DEV_RAMDISK) {
        assert_string_equal(d.path, "\\Recovery\\WindowsRE\\Winre.wim");
        assert_int_equal(object(b, d.options_guid)->type, 0x30000000);
    }
    vmm_bcd_device_clear(&d);
}

static void devices_mean_the_partitions_of_the_disk(void **state) {
    (void)state;
    for (int gen = 1; gen <= 2; gen++) {
        struct vmm_practice_ids ids = ids_of(gen);
        struct drawn drawn;
        draw(&drawn, &ids);
        struct vmm_hive *h = bcd_of("healthy", gen);
        struct vmm_bcd *b = store_of(h);
        device_is(b, "{bootmgr}", VMM_BCD_DEVICE_EL, &drawn.disk, VMM_DEV_PARTITION, 1);
        device_is(b, "{memdiag}", VMM_BCD_DEVICE_EL, &drawn.disk, VMM_DEV_PARTITION, 1);
        device_is(b, "{default}", VMM_BCD_DEVICE_EL, &drawn.disk, VMM_DEV_PARTITION, 2);
        device_is(b, "{default}", VMM_BCD_OSDEVICE, &drawn.disk, VMM_DEV_PARTITION, 2);
        size_t count;
        char **recovery = vmm_bcd_list(vmm_bcd_own(object(b, "{default}"), 0x14000008), &count);
        assert_int_equal(count, 1);
        device_is(b, recovery[0], VMM_BCD_DEVICE_EL, &drawn.disk, VMM_DEV_RAMDISK, 2);
        free(recovery[0]);
        free(recovery);
        uint8_t made[88]; /* the other room's idea of the same bytes */
        assert_int_equal(vmm_bcd_device_make(&drawn.disk, 2, made), 0);
        const struct vmm_bcd_element *e = vmm_bcd_own(object(b, "{default}"), VMM_BCD_OSDEVICE);
        assert_int_equal(e->len, sizeof made);
        assert_memory_equal(e->data, made, sizeof made);
        vmm_bcd_close(b);
        vmm_hive_close(h);
    }
}

static void the_loader_fits_the_firmware(void **state) {
    (void)state;
    static const char *const path[] = {"\\Windows\\system32\\winload.exe", "\\Windows\\system32\\winload.efi"};
    for (int gen = 1; gen <= 2; gen++) {
        struct vmm_hive *h = bcd_of("healthy", gen);
        struct vmm_bcd *b = store_of(h);
        char *found = vmm_bcd_string(vmm_bcd_own(object(b, "{default}"), VMM_BCD_PATH));
        assert_string_equal(found, path[gen - 1]);
        assert_int_equal(vmm_bcd_object(b, "{a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba}") != NULL, gen == 2); /* {fwbootmgr} */
        free(found);
        vmm_bcd_close(b);
        vmm_hive_close(h);
    }
}

static void the_system_hive_is_that_of_a_server_that_answers_remote_desktop(void **state) {
    (void)state;
    struct vmm_hive *h = system_of("healthy", 2);
    assert_int_equal(dword(h, "Select", "Default"), 1);
    assert_int_equal(dword(h, "Select", "Current"), 1);
    static const char *const parts[] = {SET "Control", SET "Services", SET "Enum"};
    vmm_key key;
    for (size_t i = 0; i < VMM_COUNT(parts); i++) assert_int_equal(vmm_key_path(h, vmm_hive_root(h), parts[i], &key), VMM_SET);
    assert_int_equal(vmm_key_path(h, vmm_hive_root(h), "ControlSet002", &key), VMM_NOT_SET);
    assert_int_equal(dword(h, SET "Control\\Terminal Server", "fDenyTSConnections"), 0);
    assert_int_equal(dword(h, SET "Control\\Terminal Server\\WinStations\\RDP-Tcp", "PortNumber"), 3389);
    assert_int_equal(dword(h, SET "Services\\TermService", "Start"), 3);
    assert_int_equal(dword(h, SET "Services\\Dhcp", "Start"), 2);
    assert_int_equal(dword(h, SET "Control\\CrashControl", "CrashDumpEnabled"), 7);
    text_is(h, SET "Control\\ProductOptions", "ProductType", "ServerNT");
    text_is(h, SET "Control\\SafeBoot\\Minimal\\RpcSs", "", "Service");
    text_is(h, SET "Control\\SafeBoot\\Network\\Dhcp", "", "Service");
    assert_int_equal(vmm_key_path(h, vmm_hive_root(h), SET "Control\\SafeBoot\\Minimal\\Dhcp", &key), VMM_NOT_SET);
    vmm_hive_close(h);
}

static void drive_c_is_the_windows_partition(void **state) {
    (void)state;
    for (int gen = 1; gen <= 2; gen++) {
        struct vmm_practice_ids ids = ids_of(gen);
        struct vmm_hive *h = system_of("healthy", gen);
        struct vmm_value v;
        vmm_key key;
        assert_int_equal(vmm_key_path(h, vmm_hive_root(h), "MountedDevices", &key), VMM_SET);
        assert_int_equal(vmm_key_value(h, key, "\\DosDevices\\C:", &v), VMM_SET);
        if (gen == 1) {
            assert_int_equal(v.len, 12);
            assert_int_equal(vmm_le32(v.data), ids.mbr_signature);
            assert_int_equal(vmm_le64(v.data + 4), ids.windows_offset);
        } else {
            assert_int_equal(v.len, 24);
            assert_memory_equal(v.data, "DMIO:ID:", 8);
            assert_memory_equal(v.data + 8, ids.windows_part_guid, 16);
        }
        vmm_value_clear(&v);
        vmm_hive_close(h);
    }
}

static void the_system_hive_holds_the_shapes_that_trip_editors(void **state) {
    (void)state;
    struct vmm_hive *h = system_of("healthy", 1);
    struct vmm_error err = {0};
    vmm_key key, *children;
    size_t count;
    struct vmm_value v;
    assert_int_equal(vmm_key_path(h, vmm_hive_root(h), SET "Control\\Session Manager\\AppCompatCache", &key), VMM_SET);
    assert_int_equal(vmm_key_value(h, key, "AppCompatCache", &v), VMM_SET);
    assert_true(v.len > 16344);
    vmm_value_clear(&v);
    assert_int_equal(vmm_key_path(h, vmm_hive_root(h), "DriverDatabase\\DeviceIds\\PCI", &key), VMM_SET);
    assert_int_equal(vmm_key_children(h, key, &children, &count, &err), 0);
    assert_true(count > 1012);
    free(children);
    vmm_hive_close(h);
}

static void the_software_hive_names_the_windows(void **state) {
    (void)state;
    static const char version[] = "Microsoft\\Windows NT\\CurrentVersion";
    size_t len;
    uint8_t *data = vmm_practice_software(vmm_scenario_at(0), &len);
    struct vmm_hive *h = opened(data, len);
    text_is(h, version, "ProductName", "Windows Server 2022 Datacenter");
    text_is(h, version, "CurrentBuild", "20348");
    text_is(h, version, "InstallationType", "Server");
    assert_true(dword(h, version, "UBR") > 0);
    vmm_hive_close(h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scenario_is_found_by_its_name_and_has_a_title),
        cmocka_unit_test(every_hive_of_every_scenario_passes_our_check),
        cmocka_unit_test(the_independent_judge_agrees),
        cmocka_unit_test(the_default_loader_is_in_the_mode_of_its_scenario),
        cmocka_unit_test(a_store_in_safe_mode_differs_from_a_healthy_one_in_nothing_else),
        cmocka_unit_test(no_element_is_malformed_and_every_reference_leads_somewhere),
        cmocka_unit_test(devices_mean_the_partitions_of_the_disk),
        cmocka_unit_test(the_loader_fits_the_firmware),
        cmocka_unit_test(the_system_hive_is_that_of_a_server_that_answers_remote_desktop),
        cmocka_unit_test(drive_c_is_the_windows_partition),
        cmocka_unit_test(the_system_hive_holds_the_shapes_that_trip_editors),
        cmocka_unit_test(the_software_hive_names_the_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
