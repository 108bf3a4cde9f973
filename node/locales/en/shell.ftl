product = three-tier government service
language = Language
ways = Navigation
skip = Skip to the content
nav-home = Start
nav-guides = Guides
nav-node = Node
nav-audit = Audit
sign-in = Sign in
sign-out = Sign out
sign-in-help = An administrator sets a new password if yours is lost. After five wrong tries one has to wait fifteen minutes.
sign-in-wrong = The user name or the password is wrong
sign-in-shut = Too many wrong tries: try again in { $minutes } { $minutes ->
    [one] minute
   *[other] minutes
 }
user = User name
password = Password
password-old = Present password
password-new = New password (8 characters or more)
password-again = New password once more
password-change = Change password
password-changed = The password is changed; you are signed out everywhere else, and your API tokens are ended.
password-differs = The two new passwords differ
password-old-wrong = The present password is wrong
me = My account
unit = Unit
roles = Roles
save = Save
show = Show
search = Search
month = Month
time = Time
about = About
nothing = Nothing is here.
setup = First start
setup-why = Nobody of this unit can sign in yet. Set the first user's password.
setup-nobody = The directory has no user of this unit yet. An administrator of the county adds one (Users, or sanji user add); reload this page when it has arrived.
setup-code = Setup code
setup-code-where = It stands in the file setup-code of this node's data directory and is shown when sanji run starts; only the machine's owner can read it.
setup-code-wrong = The setup code is wrong
setup-user-missing = Choose a user of this unit
setup-done = Set the password and sign in
line-up = Line to the unit above is up
line-dialling = The line up is not there, being dialled; data is kept here
line-down = Line to the unit above is down; everything is saved here and goes up by itself
line-paused = Line to the unit above is paused by hand
line-stopped = Line to the unit above is not in use
line-since = { $line } (since { $at })
line-why = { $line }: { $why }
owed = { $n ->
    [one] { $n } entry to send
   *[other] { $n } entries to send
 }
behind = { $n ->
    [one] { $n } entry not yet in lists
   *[other] { $n } entries not yet in lists
 }
nothing-here = There is no such page; check the address.
no-title = This cannot be shown
back-home = Back to the start
form-elsewhere = This form came from another site and nothing was done. Use the pages of this system.
form-too-long = This is too long and nothing was done. Go back and send less, or the file in parts.
form-broken = What was sent is broken or no form, and nothing was done. Go back and send it again.
session-over = You are signed out or the page is out of date; nothing was done. Sign in and try again.
session-over-kept = You are signed out or the page is out of date; nothing was done. What you filled in is still here: sign in and send it again.
session-over-file = You are signed out or the page is out of date; nothing was done. Sign in and choose the file again.
kept-title = Send the form again
kept-what = You are signed in again. The form that you sent before was not taken; all that you filled in is still here.
kept-lossy = The password in it was not kept: fill it in again afterwards.
kept-send = Send it
kept-drop = Leave it
role-missing = Your roles do not include this page. Ask an administrator if you need it.
node-stopping = The node is stopping; try again later.
audit-what = Who saw personal data unmasked, and who changed users, roles, passwords and tokens. Records are only ever added and go up with the unit's data.
deed = Deed
partly-chinese = Some words are in Chinese for now
form-again = This form was sent before and nothing was done twice; this is what it led to. Open the form anew to do it once more.
filter-page = This address of a page leads nowhere any more: begin with the first page
filter-word = There is no such choice: choose again
filter-version = A version is a number; check the address.
filter-month = A month is written as 2026-01
filter-months-turned = The last month is before the first
