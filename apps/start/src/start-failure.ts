/** Natter cannot start here. `message` is one line for the user. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
}
