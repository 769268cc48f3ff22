// What this screen has been told: a snapshot with the frames after it folded in (the same fold as state.py).

export const REMEMBERED = 32; // calls this screen keeps; a snapshot brings ten

/** Return the view that a SNAPSHOT frame brings. */
export function opened(frame) {
  const { hospital, zone, timezone, chime, voice, look, queues, recent_calls, notices } = frame;
  return { hospital, zone, timezone, chime, voice, look, queues, recent_calls, notices };
}

/** Return `view` after `frame`; frames that change nothing return it as it is. */
export function fold(view, frame, most = REMEMBERED) {
  switch (frame.type) {
    case "CALL":
      return frame.token === undefined ? view : { ...view, recent_calls: withCall(view, frame, most) };
    case "NOTICE":
      return { ...view, notices: frame.notices };
    case "QUEUE_UPDATED":
      return { ...view, queues: withQueue(view.queues, frame.queue) };
    case "TOKEN_CREATED":
      return changed(view, frame.queue, { waiting: frame.waiting, next: frame.next });
    case "TOKEN_STATUS_UPDATED": {
      const { waiting, next, serving } = frame;
      const after = changed(view, frame.queue, { waiting, next, serving });
      if (frame.status !== "waiting") return after;
      return { ...after, recent_calls: without(view.recent_calls, frame.token) };
    }
    default:
      return view;
  }
}

function changed(view, code, news) {
  return { ...view, queues: view.queues.map((q) => (q.code === code ? { ...q, ...news } : q)) };
}

function withQueue(queues, queue) {
  const known = queues.some((q) => q.code === queue.code);
  return known ? queues.map((q) => (q.code === queue.code ? queue : q)) : [...queues, queue];
}

function withCall(view, { call_id, token, queue, room, call_no, at }, most) {
  return [{ call_id, token, queue, room, call_no, at }, ...without(view.recent_calls, token)].slice(0, most);
}

function without(calls, token) {
  return calls.filter((call) => call.token !== token);
}
