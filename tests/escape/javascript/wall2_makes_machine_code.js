// class: process
// walls: process
// expect: T201 T303 T301
// Workers of JavaScript may map executable memory, so code of our own runs there: the kernel still answers it as it does all others.
const CODE = `
import ctypes, mmap, platform
if platform.machine() != "x86_64":
    raise OSError("no machine code for this processor")
# openat(AT_FDCWD, path, O_RDONLY), then return rax
code = bytes.fromhex("48c7c7 9cffffff 48be") + b"PPPPPPPP" + bytes.fromhex("31d2 4d31d2 b801010000 0f05 c3".replace(" ", ""))
path = ctypes.create_string_buffer(PATH.encode())
code = code.replace(b"PPPPPPPP", ctypes.addressof(path).to_bytes(8, "little"))
page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
call = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
told = call()
if told < 0:
    raise OSError(-told, "the kernel refused")
result = told
`;
export function transformEvent(event) {
  return { BREACHED: python(CODE.replace("PATH", JSON.stringify(event.canary))) };
}
