/** For tests: the hands of an operator on the broker. No service imports it. */
export { managerOf as operatorOf } from "./log/session-log.ts";
