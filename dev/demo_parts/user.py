"""Who runs the servers: PostgreSQL refuses to run as root."""
import os
import pwd
import shutil


def name():
    return "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name


def command(words):
    """The command line that runs `words` as that user."""
    if os.getuid() != 0:
        return list(words)
    return ["setpriv", "--reuid", name(), "--regid", name(), "--init-groups", *words]


def own(path):
    if os.getuid() == 0:
        shutil.chown(path, name(), name())
