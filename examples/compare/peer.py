#!/usr/bin/python3
"""Errbot through its own test backend: the other half of main.go.

usage: peer.py N ASYNC(0/1) RULES    prints one JSON line
"""
import json
import logging
import os
import sys
import time

COUNT, ASYNC, RULES = int(sys.argv[1]), sys.argv[2] == "1", int(sys.argv[3])


def process_start():
    """Age of this process in seconds, from the clock that Linux keeps for it."""
    with open("/proc/self/stat") as stat, open("/proc/uptime") as uptime:
        ticks = float(stat.read().rpartition(")")[2].split()[19])
        return time.perf_counter() - (float(uptime.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK"))


def rss():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


START = process_start()

from errbot.backends.test import TestBot  # noqa: E402

config = {
    "BOT_ASYNC": ASYNC,
    "BOT_ADMINS": ("gbin@localhost",),
    "BOT_LOG_LEVEL": logging.ERROR,
    "ACCESS_CONTROLS": {f"team{i:03d}_cmd*": {"allowusers": ("*@localhost", f"u{i}")} for i in range(RULES)},
}
bot = TestBot(loglevel=logging.ERROR, extra_config=config)
bot.start(timeout=10)
logging.getLogger().setLevel(logging.ERROR)
result = {"n": COUNT, "rules": RULES, "async": ASYNC,
          "ready_ms": round((time.perf_counter() - START) * 1000), "rss_idle_mb": round(rss(), 1)}

for _ in range(500):
    bot.push_message("!echo hi")
    bot.pop_message(timeout=10)

latencies = []
for _ in range(2000):
    begin = time.perf_counter()
    bot.push_message("!echo hi")
    bot.pop_message(timeout=10)
    latencies.append(time.perf_counter() - begin)
latencies.sort()
result["p50_us"] = round(latencies[1000] * 1e6)
result["p99_us"] = round(latencies[1980] * 1e6)

begin = time.perf_counter()
for _ in range(COUNT):
    bot.push_message("!echo hi")
result["bad_replies"] = sum(bot.pop_message(timeout=30) != "hi" for _ in range(COUNT))
total = time.perf_counter() - begin
result["msg_per_s"] = round(COUNT / total)
result["us_per_msg"] = round(total / COUNT * 1e6, 1)
result["rss_after_mb"] = round(rss(), 1)
print(json.dumps(result), flush=True)
os._exit(0)
