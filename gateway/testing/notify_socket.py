"""The end of systemd's notify socket: prints each datagram as one line of JSON. Node.js has no datagram sockets of this kind.

usage: notify_socket.py PATH
"""

import json
import socket
import sys

notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(sys.argv[1])
print("listening", flush=True)
while True:
    # The file descriptor of a barrier is not asked for, so the kernel closes it: to its sender that is the answer.
    print(json.dumps(notify.recv(4096).decode()), flush=True)
