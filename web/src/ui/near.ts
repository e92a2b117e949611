import type { Attachment } from 'svelte/attachments';

/** How far outside of the screen a part of a list is already filled: about one screen. */
const NEAR = '800px 0px';

const watched = new WeakMap<Element, (near: boolean) => void>();
let observer: IntersectionObserver | null = null;

/** Tells when an element comes near the screen and when it leaves. All share one observer. */
export function whenNear(tell: (near: boolean) => void): Attachment {
  return (element) => {
    observer ??= new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) watched.get(target)?.(isIntersecting);
      },
      { rootMargin: NEAR },
    );
    const shared = observer;
    watched.set(element, tell);
    shared.observe(element);
    return () => shared.unobserve(element);
  };
}
