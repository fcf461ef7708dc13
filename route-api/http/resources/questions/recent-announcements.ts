import { PENALTY_ANNOUNCED, type Question } from "../../../contract/questions.ts";

/** Announcements that are remembered at most: those of a minute under attack, of hours otherwise. */
const REMEMBERED_MAX = 500;
/** How long one is remembered, in milliseconds: longer than penalties last by default. */
const REMEMBERED_MS = 1_800_000;
/** An announcement that was under way when penalties were lifted comes within this time, in milliseconds. */
const UNDER_WAY_MS = 60_000;
/** Lifts within that time that are remembered. */
const LIFTS_MAX = 20;
/** Most that an edge is told at once. */
const TOLD_MAX = 200;

/** The penalties that this process has read in the feed, for edges that were not there. */
export interface RecentAnnouncements {
  /** Questions were read. */
  read(questions: readonly Question[] | undefined): void;
  /** The latest ones, with their age, oldest first; before them the lifts of the last minute, which an edge must know to tell what was announced before them. */
  all(): Question[];
}

/** `nowMs` is a monotonic clock, in milliseconds. */
export function createRecentAnnouncements(nowMs: () => number): RecentAnnouncements {
  /** By whose they are, oldest first. */
  const recent = new Map<string, { question: Question; atMs: number }>();
  /** The lifts of the last minute. */
  let lifts: { question: Question; atMs: number }[] = [];
  const forgetLifts = (): void => {
    lifts = lifts.filter(({ atMs }) => nowMs() - atMs < UNDER_WAY_MS).slice(-LIFTS_MAX);
  };
  const note = (question: Question): void => {
    const { instance, client, user, failures, lift } = question.selection;
    const key = JSON.stringify([instance, client, user]);
    recent.delete(key);
    // It takes back what was announced, or speaks of what an edge without a past has not counted.
    if (failures === undefined || failures === "0") return;
    forgetLifts();
    if (lifts.length > 0 && lift !== lifts.at(-1)?.question.id) return;
    recent.set(key, { question, atMs: nowMs() });
    if (recent.size > REMEMBERED_MAX) recent.delete(recent.keys().next().value ?? "");
  };
  return {
    read(questions = []) {
      for (const question of questions) {
        if (question.ask === PENALTY_ANNOUNCED) note(question);
        // Rare; an edge that begins now learns of the others when they fail again.
        else if (question.ask === "lift") {
          recent.clear();
          lifts.push({ question, atMs: nowMs() });
          forgetLifts();
        }
      }
    },
    all() {
      for (const [key, { atMs }] of recent) {
        if (nowMs() - atMs < REMEMBERED_MS) break;
        recent.delete(key);
      }
      forgetLifts();
      const announced = [...recent.values()].slice(-TOLD_MAX).map(({ question, atMs }) => ({
        ...question,
        selection: { ...question.selection, ageSeconds: String(Math.round((nowMs() - atMs) / 1000)) },
      }));
      return [...lifts.map(({ question }) => question), ...announced];
    },
  };
}
