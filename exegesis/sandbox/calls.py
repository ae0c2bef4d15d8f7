"""What the kernel is not to be asked from within: a filter of system calls, by libseccomp.

Namespaces leave some doors open. A socket of the family AF_VSOCK leads from a virtual machine to its host, whatever
the network namespace; the keys of a session are inherited; io_uring opens sockets past any filter of calls; and one
process could take over another of the same user, such as the one that builds.
The list is that of Flatpak (``setup_seccomp`` in its ``common/flatpak-run.c``) with io_uring and bpf, which Docker
refuses too; what is not on it is allowed, as there.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket

LIBRARY = "libseccomp.so.2"
#: Refused whatever their arguments.
_REFUSED = (
    *("syslog", "uselib", "acct", "modify_ldt", "quotactl"),
    *("add_key", "keyctl", "request_key"),
    *("unshare", "setns", "mount", "umount", "umount2", "pivot_root", "chroot", "move_pages", "migrate_pages"),
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "perf_event_open"),
    *("bpf", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"),
)
#: ... as if the kernel were too old to have them: programs have another way then.
_UNKNOWN = (
    *("clone3", "open_tree", "open_tree_attr", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick"),
    *("mount_setattr", "listmount", "statmount"),
)
_FAMILIES = (socket.AF_UNSPEC, socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, 16)  # 16: netlink, for names
_NEW_USER_NAMESPACE = 0x10000000  # of clone(2)
_TERMINAL = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing for whoever started us
_ALLOW = 0x7FFF0000
_EQUAL, _AT_LEAST, _MASKED = 4, 5, 7


class _Argument(ctypes.Structure):
    """What an argument of a call is compared with: libseccomp's ``struct scmp_arg_cmp``."""

    _fields_ = (
        ("number", ctypes.c_uint),
        ("how", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


def write_filter(file: int) -> None:
    """Write the filter, as a program for the kernel, to an open file.

    Raises:
        OSError: there is no libseccomp, or it refuses.
    """
    library = ctypes.CDLL(LIBRARY)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_ALLOW)))
    try:
        for name in _REFUSED:
            _refuse(library, context, name, errno.EPERM)
        for name in _UNKNOWN:
            _refuse(library, context, name, errno.ENOSYS)
        _refuse(library, context, "clone", errno.EPERM, _Argument(0, _MASKED, *[_NEW_USER_NAMESPACE] * 2))
        for request in _TERMINAL:
            _refuse(library, context, "ioctl", errno.EPERM, _Argument(1, _MASKED, 0xFFFFFFFF, request))
        for family in range(max(_FAMILIES)):
            if family not in _FAMILIES:
                _refuse(library, context, "socket", errno.EAFNOSUPPORT, _Argument(0, _EQUAL, family, 0))
        _refuse(library, context, "socket", errno.EAFNOSUPPORT, _Argument(0, _AT_LEAST, max(_FAMILIES) + 1, 0))
        _check(library.seccomp_export_bpf(context, file))
    finally:
        library.seccomp_release(context)


def _refuse(library: ctypes.CDLL, context: ctypes.c_void_p, name: str, error: int, *arguments: _Argument) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number < 0:  # there is none of the name on this processor, or this libseccomp is older than it
        return
    given = (_Argument * len(arguments))(*arguments)
    action = ctypes.c_uint32(0x00050000 | error)
    _check(library.seccomp_rule_add_array(context, action, number, len(arguments), given))


def _check(status: int) -> None:
    if status < 0:
        raise OSError(-status, f"{LIBRARY}: {os.strerror(-status)}")
