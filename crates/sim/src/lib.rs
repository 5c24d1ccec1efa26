//! A switch in virtual time among scripted parties on a lossy network.
