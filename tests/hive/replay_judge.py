#!/usr/bin/python3
"""replay_judge.py TOOLS: compares what vmmedic made of hives and their logs with a model of Microsoft's replay (TOOLS/hive_replay.py).
Standard input: cases, each a header of seven little-endian dwords (length of primary, LOG1, LOG2, result; 1 when that log is there, twice; what vmmedic said)
and their bytes. Said: 0 clean, 1 replayed, 2 nothing usable, 3 the logs disagree, 4 the hive would be longer than there is data.
Standard output: one line a difference, at the end "N cases" and a line "count word" for each branch of the model that was met."""
import collections, functools, struct, sys
sys.path.insert(0, sys.argv[1])
import hive_replay
model = hive_replay.marvin
cached = functools.lru_cache(maxsize=20000)(lambda b: model(b))
hive_replay.marvin = lambda b: cached(bytes(b)) if len(b) > 40 else model(b)
base = lambda log: struct.unpack_from('<I', log, 4)[0]
def runs(p, logs):
    """The usable logs, each judged alone by the model, the older first."""
    use = [l for l in logs if l is not None and hive_replay.replay(p, [l])[0] == 'applied']
    if len(use) == 2 and (base(use[1]) - base(use[0])) & 0xffffffff > 0x7fffffff: use.reverse()
    return use, [hive_replay.entries(l, base(l)) for l in use]
read, branches, n, bad = sys.stdin.buffer.read, collections.Counter(), 0, 0
while head := read(28):
    lp, l1, l2, lr, has1, has2, said = struct.unpack('<7I', head)
    p, a, b, result = read(lp), read(l1), read(l2), read(lr)
    logs = [a if has1 else None, b if has2 else None]
    state, image = hive_replay.replay(p, logs)
    want = [{'clean': 0, 'none': 2}.get(state, 1)]
    branch = state
    if state == 'applied':
        use, entries = runs(p, logs)
        applied = entries
        if len(use) == 1: branch = 'one log'
        elif base(use[0]) == base(use[1]):
            branch, applied = 'two logs, one number', entries[:1]
            if entries[0] != entries[1]: want = [3]
        elif (entries[0][-1][0] + 1) & 0xffffffff == base(use[1]): branch = 'two logs, older first' + (', LOG2 is the older' if use[0] is logs[1] else '')
        else: branch, applied, want = 'two logs that do not continue each other', entries[1:], [3]
        pages = sum(len(d) for run in applied for e in run for _, d in e[3])
        if len(image) > lp + pages: branch, want = 'longer than the data', [4]
        elif len(image) > lp: branches['the file grows'] += 1
        if not (p[:4] == b'regf' and hive_replay.cs(p) == struct.unpack_from('<I', p, 508)[0] and struct.unpack_from('<II', p, 28) == (0, 1)): branches['header from a log'] += 1
        if struct.unpack_from('<I', image, 4)[0] < base(use[0]): branches['the numbers wrap'] += 1
        if any(len(run) > 1 for run in entries): branches['several entries'] += 1
        if any(e[1] & 1 for run in entries for e in run): branches['a flag'] += 1
        if len({e[2] for run in entries for e in run}) > 1: branches['the length changes'] += 1
    branches[branch] += 1
    n += 1
    if said not in want: print(f'case {n - 1}: {branch}: said {said}, not {want}'); bad += 1
    elif said in (1, 3) and result != image:
        print(f'case {n - 1}: {branch}: other bytes ({len(result)} and {len(image)})'); bad += 1
print(n, 'cases')
for word, count in sorted(branches.items()): print(count, word)
sys.exit(bad > 0)
