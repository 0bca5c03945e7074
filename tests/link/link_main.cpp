// Every room's link test is this empty program plus the room's whole archive and the libraries it
// declares: a call into a room that is not declared stays unresolved and fails the link (room() in
// cmake/room.cmake).
int main() { return 0; }
