// class: process
// walls: process
// expect: T201 T303
export function transformEvent(event) {
  return { BREACHED: python("import socket\ns = socket.create_connection(('127.0.0.1', 22), 1)\nresult = s.recv(10)") };
}
