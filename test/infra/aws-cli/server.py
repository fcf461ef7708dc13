"""
Runs commands of the AWS CLI, each in a fork of this process:

    python server.py <socket>

To load the CLI takes more time than what most commands do; here it is loaded once. A client sends one line of JSON with
the arguments, the environment and the folder, and with it its standard input, output and error; it gets the exit code.
Serves until it is killed.
"""

import json
import os
import signal
import socket
import sys
import traceback

from awscli.clidriver import create_clidriver, main

# The customizations are loaded with the first driver.
create_clidriver()


def receive(connection):
    data, files, _, _ = socket.recv_fds(connection, 1 << 16, 3)
    while not data.endswith(b"\n"):
        data += connection.recv(1 << 16)
    return json.loads(data), files


def run(connection):
    order, files = receive(connection)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.argv = ["aws", *order["arguments"]]
    try:
        code = main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(str(code or 0).encode())


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    server = socket.socket(socket.AF_UNIX)
    server.bind(sys.argv[1])
    server.listen()
    print("ready", flush=True)
    while True:
        connection, _ = server.accept()
        if os.fork() == 0:
            server.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                run(connection)
            except BaseException:
                traceback.print_exc()
            os._exit(0)
        connection.close()
