import type { ReactNode } from "react";
import { useFollow } from "./use-follow.ts";

interface MarkdownTableProperties {
  readonly isWriting: boolean;
  readonly children: ReactNode;
}

/** A table. It has a scroll bar of its own if it is wide or long. */
export function MarkdownTable({ isWriting, children }: MarkdownTableProperties): ReactNode {
  const box = useFollow<HTMLDivElement>(isWriting, children);
  return (
    <div
      className="my-4 flex flex-col gap-2 rounded-lg border border-border bg-sidebar p-2"
      data-streamdown="table-wrapper"
    >
      <div
        ref={box}
        className="max-h-[300px] border-collapse overflow-x-auto overflow-y-auto rounded-md border border-border bg-background"
      >
        <table className="w-full divide-y divide-border" data-streamdown="table">
          {children}
        </table>
      </div>
    </div>
  );
}
