"""Runs a command in a pseudo-terminal. Reads orders from stdin and writes what happens to stdout, as lines of JSON."""
import fcntl, json, os, pty, select, signal, struct, subprocess, sys, termios

columns, rows, *command = sys.argv[1:]
master, terminal = pty.openpty()


def resize(columns, rows):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


def modes():
    """Without the special characters, which are bytes."""
    return termios.tcgetattr(terminal)[:4]


def say(**what):
    print(json.dumps(what), flush=True)


def own_terminal():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


resize(columns, rows)
before = modes()
child = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, preexec_fn=own_terminal)
orders = b""
while True:
    ready = select.select([master, sys.stdin.buffer], [], [], 0.05)[0]
    if master in ready:
        say(output=os.read(master, 65536).hex())
        continue
    if child.poll() is not None:
        break
    if sys.stdin.buffer in ready:
        read = os.read(0, 65536)
        if read == b"":
            child.kill()
            child.wait()
            break
        *lines, orders = (orders + read).split(b"\n")
        for line in lines:
            order = json.loads(line)
            if "type" in order:
                os.write(master, order["type"].encode())
            if "resize" in order:
                resize(*order["resize"])
            if "signal" in order:
                child.send_signal(signal.Signals[order["signal"]])
say(code=child.returncode, restored=modes() == before)
