/** Who imports whom, by name. */
export type Graph = Map<string, Set<string>>;

export interface Circle {
  /** Each of them imports each other one, directly or through others. */
  readonly members: readonly string[];
  /** How many imports run between members. */
  readonly arrows: number;
}

/** Where a graph has no layers. */
export function circlesIn(graph: Graph): Circle[] {
  const reached = new Map([...graph.keys()].map((name) => [name, reachableFrom(graph, name)]));
  const left = new Set([...graph.keys()].filter((name) => reached.get(name)?.has(name)));
  const circles: Circle[] = [];
  for (const name of left) {
    const members = [...left].filter(
      (other) => reached.get(name)?.has(other) && reached.get(other)?.has(name),
    );
    for (const member of members) left.delete(member);
    const arrows = members.flatMap((member) =>
      [...(graph.get(member) ?? [])].filter((to) => members.includes(to)),
    );
    circles.push({ members: members.toSorted(), arrows: arrows.length });
  }
  return circles;
}

function reachableFrom(graph: Graph, start: string): Set<string> {
  const reached = new Set<string>();
  const next = [...(graph.get(start) ?? [])];
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    next.push(...(graph.get(name) ?? []));
  }
  return reached;
}
