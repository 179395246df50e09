/* SPDX-License-Identifier: MIT */
/*
 * spinlock.h - the library's lock: held for a few instructions, with interrupts off on
 * this CPU. With CONFIG_SMP=0 it costs nothing.
 */
#ifndef MM_LIB_SPINLOCK_H
#define MM_LIB_SPINLOCK_H

#include <quire/port.h>

#if CONFIG_SMP

static inline unsigned int this_cpu_id(void)
{
	return port_cpu_id();
}
static inline unsigned long local_irq_save(void)
{
	return port_irq_save();
}
static inline void local_irq_restore(unsigned long flags)
{
	port_irq_restore(flags);
}

static inline void spin_lock(spinlock_t *lock)
{
	while (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&lock->locked, __ATOMIC_RELAXED))
			port_cpu_relax();
}
/* False: somebody has it. */
static inline bool spin_trylock(spinlock_t *lock)
{
	return !__atomic_load_n(&lock->locked, __ATOMIC_RELAXED) &&
	       !__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE);
}
static inline void spin_unlock(spinlock_t *lock)
{
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
}
static inline bool spin_is_locked(const spinlock_t *lock)
{
	return __atomic_load_n(&lock->locked, __ATOMIC_RELAXED);
}

#else

static inline unsigned int this_cpu_id(void)
{
	return 0;
}
static inline unsigned long local_irq_save(void)
{
	return 0;
}
static inline void local_irq_restore(unsigned long flags)
{
	(void)flags;
}
static inline void spin_lock(spinlock_t *lock)
{
	lock->locked = 1;
}
static inline bool spin_trylock(spinlock_t *lock)
{
	bool was_free = !lock->locked;

	lock->locked = 1;
	return was_free;
}
static inline void spin_unlock(spinlock_t *lock)
{
	lock->locked = 0;
}
static inline bool spin_is_locked(const spinlock_t *lock)
{
	return lock->locked;
}

#endif

static inline unsigned long spin_lock_irqsave(spinlock_t *lock)
{
	unsigned long flags = local_irq_save();

	spin_lock(lock);
	return flags;
}
static inline void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	spin_unlock(lock);
	local_irq_restore(flags);
}

#endif
