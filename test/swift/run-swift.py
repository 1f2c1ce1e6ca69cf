"""A real S3 endpoint for tests: OpenStack Swift with its S3 API, out of Debian's python3-swift alone.

usage: /usr/bin/python3 run-swift.py FOLDER

Starts one server of each kind on a free port, prints one line of JSON once they answer, and stops them when its
standard input ends.
"""
import json
import os
import signal
import socket
import sys
import time

FOLDER = sys.argv[1]

KEY, SECRET, REGION = 'test:tester', 'testing', 'us-east-1'
FILTERS = 'catch_errors gatekeeper healthcheck listing_formats bulk dlo copy symlink'.split()

SWIFT = """[swift-hash]
swift_hash_path_suffix = test-only
[swift-constraints]
# Of its own 256, a longer one is answered with 500; S3 takes 2 KB.
max_meta_value_length = 2048
[storage-policy:0]
name = gold
default = yes
"""

os.makedirs(FOLDER + '/etc', exist_ok=True)
with open(FOLDER + '/etc/swift.conf', 'w') as conf:
    conf.write(SWIFT)

from swift.common import utils

# Before anything else of swift, which would read /etc/swift/swift.conf.
utils.set_swift_dir(FOLDER + '/etc')

PROXY = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}/etc
log_level = WARNING
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:s3api]
use = egg:swift#s3api
location = {region}
max_upload_part_num = 10000
[filter:tempauth]
use = egg:swift#tempauth
user_{account} = {secret} .admin
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:cache]
use = egg:swift#memcache
""" + ''.join('[filter:%s]\nuse = egg:swift#%s\n' % (name, name) for name in FILTERS)

STORAGE = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = {user}
devices = {folder}/dev
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
swift_dir = {folder}/etc
recon_cache_path = {folder}
log_level = WARNING
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""


class Cache(dict):
    """tempauth refuses to work without a memcached: one in the process will do."""

    __bool__ = lambda self: True

    def get(self, key, **_):
        value, end = dict.get(self, key, (None, 0))
        return None if end and end < time.time() else value

    def set(self, key, value, time=0, **_):
        self[key] = (value, time and globals()['time'].time() + time)

    def incr(self, key, delta=1, time=0):
        number = max(0, (self.get(key) or 0) + delta)
        self.set(key, number, time)
        return number

    def decr(self, key, delta=1, time=0):
        return self.incr(key, -delta, time)

    def delete(self, key, server_key=None):
        self.pop(key, None)

    def set_multi(self, mapping, server_key, time=0, **_):
        for key, value in mapping.items():
            self.set(key, value, time)

    def get_multi(self, keys, server_key):
        return [self.get(key) for key in keys]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(('127.0.0.1', 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def write(path, text):
    with open(path, 'w') as file:
        file.write(text)


def write_ring(kind, port):
    from swift.common.ring import RingBuilder
    builder = RingBuilder(4, 1, 1)
    builder.add_dev(dict(region=1, zone=1, ip='127.0.0.1', port=port, device='sd', weight=1))
    builder.rebalance()
    builder.get_ring().save('%s/etc/%s.ring.gz' % (FOLDER, kind))


def configure():
    """Writes all settings; returns the ports by the kinds of the servers."""
    import pwd
    user = pwd.getpwuid(os.getuid()).pw_name
    kinds = ('object', 'container', 'account', 'proxy')
    ports = dict(zip(kinds, free_ports(len(kinds))))
    facts = dict(user=user, folder=FOLDER, region=REGION, account=KEY.replace(':', '_'), secret=SECRET)
    os.makedirs(FOLDER + '/dev/sd', exist_ok=True)
    for kind, port in ports.items():
        template = PROXY if kind == 'proxy' else STORAGE
        write('%s/etc/%s.conf' % (FOLDER, kind), template.format(port=port, kind=kind, **facts))
        if kind != 'proxy':
            write_ring(kind, port)
    return ports


def serve(kind):
    """Becomes one server, in a process of its own."""
    from swift.common import memcached, wsgi
    from swift.common.middleware import memcache
    import swift.obj.server
    memcache.MemcacheRing = lambda *_, **__: Cache()
    log = os.open('%s/%s.log' % (FOLDER, kind), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    null = os.open('/dev/null', os.O_RDONLY)
    for stream, target in ((0, null), (1, log), (2, log)):
        os.dup2(target, stream)
    options = {}
    if kind == 'object':
        options['global_conf_callback'] = swift.obj.server.global_conf_callback
    sys.exit(wsgi.run_wsgi('%s/etc/%s.conf' % (FOLDER, kind), kind + '-server', verbose=True, **options))


def start(kind):
    pid = os.fork()
    if pid == 0:
        os.setsid()
        serve(kind)
    return pid


def wait_for(ports):
    """Every port answers, those of the storage too: an early request is a 503."""
    end = time.time() + 60
    for port in ports:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(('127.0.0.1', port)) == 0:
                    break
            if time.time() > end:
                sys.exit('swift is not up after 60 s; see the logs in ' + FOLDER)
            time.sleep(0.05)


def main():
    ports = configure()
    # One import for all: the processes share its pages.
    import swift.account.server, swift.container.server, swift.obj.server, swift.proxy.server
    import swift.common.middleware.s3api.s3api
    pids = [start(kind) for kind in ports]
    wait_for(ports.values())
    endpoint = 'http://127.0.0.1:%d' % ports['proxy']
    print(json.dumps(dict(endpoint=endpoint, accessKeyId=KEY, secretAccessKey=SECRET, region=REGION)), flush=True)
    sys.stdin.read()
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


main()
