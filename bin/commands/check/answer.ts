/** Whether something that the configuration names answers as it should. */
export interface Answer {
  /** Who was asked. */
  of: string;
  ok: boolean;
  text: string;
}
