"""A filter in the kernel (seccomp): what a process in the sandbox may not ask for."""

import platform
import struct

# What a process in the sandbox may not ask of the kernel: start processes or threads, make memory that no limit counts,
# make walls of its own, look into others. architecture -> (the kernel's number for it, numbers of calls).
ARCHITECTURES = {
    "x86_64": (
        0xC000003E,
        {
            "clone": 56,
            "fork": 57,
            "vfork": 58,
            "shmget": 29,
            "shmat": 30,
            "semget": 64,
            "msgget": 68,
            "ptrace": 101,
            "mount": 165,
            "umount2": 166,
            "add_key": 248,
            "request_key": 249,
            "keyctl": 250,
            "unshare": 272,
            "perf_event_open": 298,
            "setns": 308,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "memfd_create": 319,
            "bpf": 321,
            "userfaultfd": 323,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "clone": 220,
            "umount2": 39,
            "mount": 40,
            "unshare": 97,
            "ptrace": 117,
            "msgget": 186,
            "semget": 190,
            "shmget": 194,
            "shmat": 196,
            "add_key": 217,
            "request_key": 218,
            "keyctl": 219,
            "perf_event_open": 241,
            "setns": 268,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "memfd_create": 279,
            "bpf": 280,
            "userfaultfd": 282,
        },
    ),
}
EVERYWHERE = {"io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "memfd_secret": 447}
CLONE3 = 435


def process_filter() -> bytes | None:
    """Return a seccomp program (classic BPF) that refuses what `ARCHITECTURES` lists, or None on other machines."""
    machine = ARCHITECTURES.get(platform.machine())
    if machine is None:
        return None
    audit, calls = machine
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    allow, kill, again, unknown = 0x7FFF0000, 0x80000000, 0x00050000 | 11, 0x00050000 | 38
    refused = [(equal, number) for number in (*calls.values(), *EVERYWHERE.values())] + [(at_least, 0x40000000)]
    program = [(load, 0, 0, 4), (equal, 1, 0, audit), (give, 0, 0, kill), (load, 0, 0, 0)]
    program.append((equal, len(refused) + 2, 0, CLONE3))  # the C library then tries clone, which says "again"
    program += [(test, len(refused) - i, 0, number) for i, (test, number) in enumerate(refused)]
    program += [(give, 0, 0, allow), (give, 0, 0, again), (give, 0, 0, unknown)]
    return b"".join(struct.pack("HBBI", code, yes, no, value) for code, yes, no, value in program)
