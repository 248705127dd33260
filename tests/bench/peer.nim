# SPDX-License-Identifier: GPL-2.0
## Nim's collector doing what bench.c does: prints "name value" lines, values in ns.
##
##   peer OBJECTS
##
## Compile with --mm:orc.  This collector looks only at objects whose count was lowered
## since it last ran, and at what they refer to: so handles of all are dropped before.
import std/[monotimes, os, random, strformat, strutils]

type
  Node = ref object
    a, b: Node

const
  repeats = 3
  parts = [0.001, 0.01, 0.1, 1.0, 4.0]
  many = 3
  most = 4

var held: seq[Node]

proc now(): float = float(getMonoTime().ticks)

proc report(name: string, value: float) =
  echo &"{name} {value:.2f}"
  flushFile(stdout)

proc make(nr: int): seq[Node] =
  result = newSeq[Node](nr)
  for i in 0 ..< nr:
    result[i] = Node()

proc memory(nr: int) =
  let before = getOccupiedMem()
  held = make(nr)
  report("bytes_per_object_without_handle", float(getOccupiedMem() - before) / float(nr) - 8)
  held = @[]

proc lowerAllCounts() =
  var copy = held
  copy.setLen(0)

proc collect(): float =
  let t = now()
  GC_fullCollect()
  now() - t

proc makeRandom(nr: int, reportSteps: bool) =
  let start = now()
  var nodes = make(nr)
  let made = now()
  for n in nodes:
    n.a = nodes[rand(nr - 1)]
    n.b = nodes[rand(nr - 1)]
  let linked = now()
  held = nodes
  shuffle(held)
  let t = now()
  nodes.setLen(0)
  if reportSteps:
    report("alloc_per_object", (made - start) / float(nr))
    report("link_2_random_per_object", (linked - made) / float(nr))
    report("drop_handle", (now() - t) / float(nr))

proc randomOfSize(objects, size: int) =
  let nr = int(float(objects) * parts[size])
  makeRandom(nr, size == many)
  discard collect()
  var ns = 0.0
  for i in 1 .. (if size == most: 1 else: repeats):
    lowerAllCounts()
    ns = collect()
    report(&"full_random_{nr}_per_object", ns / float(nr))
  if size == most:
    report(&"pause_max_of_{nr}", ns)
  # Freeing a random graph by count would overflow the stack, so it stays.
  wasMoved(held)

proc alloc(nr: int) =
  let t = now()
  held = newSeq[Node](nr)
  for i in 0 ..< nr:
    held[i] = Node()
    held[i].a = held[i div 2]
    held[i].b = held[i div 3]
  report("alloc_and_2_links_per_object", (now() - t) / float(nr))
  wasMoved(held)

proc tree(nr: int) =
  block:
    var nodes = make(nr)
    for i in 0 ..< nr:
      if 2 * i + 1 < nr: nodes[i].a = nodes[2 * i + 1]
      if 2 * i + 2 < nr: nodes[i].b = nodes[2 * i + 2]
    held = nodes
  for i in 1 .. repeats:
    lowerAllCounts()
    report(&"full_tree_{nr}_per_object", collect() / float(nr))
  held.setLen(1)
  discard collect()
  let t = now()
  held.setLen(0)
  report("tree_freed_by_count_per_object", (now() - t) / float(nr))

proc ring(nr: int) =
  let before = getOccupiedMem()
  block:
    var nodes = make(nr)
    for i in 0 ..< nr:
      nodes[i].a = nodes[(i + 1) mod nr]
  let t = collect()
  if getOccupiedMem() > before + nr:
    quit "garbage was not found"
  report(&"garbage_ring_{nr}_found_and_freed_per_object", t / float(nr))

proc main() =
  let nr = parseInt(paramStr(1))
  GC_disableOrc()
  memory(nr)
  alloc(nr)
  tree(nr)
  ring(nr)
  for size in 0 ..< parts.len:
    randomOfSize(nr, size)

main()
