// class: process
// walls: process
// expect: T303
const CODE = `
import ctypes, mmap, platform, os
if platform.machine() != "x86_64":
    os._exit(1)
# ptrace(PTRACE_TRACEME): one of the calls that have no innocent use
code = bytes.fromhex("31ff31f631d24d31d2b8650000000f05c3")
page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
result = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
`;
export function transformEvent(event) {
  return { BREACHED: python(CODE) };
}
