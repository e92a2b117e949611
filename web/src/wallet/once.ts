/** Looked up for each RAIDA when it is asked for first, and not again. */
export function once<T>(look: (raida: number) => T): (raida: number) => T {
  const found = new Map<number, T>();
  return (raida) => {
    if (!found.has(raida)) found.set(raida, look(raida));
    return found.get(raida)!;
  };
}
