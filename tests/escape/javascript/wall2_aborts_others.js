// class: process
// walls: process
// Its engine may send itself SIGABRT, by one system call. No other signal, and nobody else.
export function transformEvent(event) {
  const found = python(`
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
arm = "aarch64" in sys.implementation._multiarch
tgkill, tkill, gettid = (131, 130, 178) if arm else (234, 200, 186)
me, thread, parent = os.getpid(), libc.syscall(gettid), os.getppid()
others = [(pid, pid) for pid in (parent, 1, *range(max(2, me - 20), me), *range(me + 1, me + 20))]
tried = [(tgkill, *other, 6) for other in others] + [(tgkill, me, thread, signal) for signal in (0, 9, 11, 19, 262)]
tried += [(tgkill, -1, thread, 6), (tkill, thread, 6), (tkill, parent, 6)]
made = []
for number, *args in tried:
    if libc.syscall(number, *args) == 0 or ctypes.get_errno() != 1:
        made.append((number, args, ctypes.get_errno()))
result = f"BREACHED {made}" if made else "no signal but to itself"
`);
  return { found };
}
